/*
 * bin/node and bin/seto of the runtime tree: starts the tree's own Node through the tree's own loader, so that neither
 * libc nor a shell of the machine is needed (an image holds nothing but the tree). No libc, no relocation, x86-64 Linux.
 *
 *   ROOT/bin/node ARGS  →  ROOT/lib/ld-linux-x86-64.so.2 --inhibit-cache --library-path ROOT/lib
 *                          ROOT/lib/node --require ROOT/app/preload.cjs ARGS
 *   ROOT/bin/seto ARGS  →  the same with ROOT/app/dist/main.js before ARGS
 *
 * Built by src/runtime/launcher/build (the bytes are kept in launcher.ts; a test builds them again where gcc is there).
 */
typedef unsigned long word;

static long call(long number, const void *a, const void *b, const void *c) {
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c)
                   : "rcx", "r11", "memory");
  return result;
}

enum { sys_write = 1, sys_execve = 59, sys_exit = 60, sys_readlink = 89, room = 4096, spare = 10 };

static char *join(char *at, const char *root, const char *rest) {
  while (*root) *at++ = *root++;
  do *at++ = *rest;
  while (*rest++);
  return at;
}

__attribute__((used)) void enter(word *stack) {
  long count = (long)stack[0];
  char **args = (char **)(stack + 1);
  char **env = args + count + 1;
  char root[room], text[4 * (room + 32)];
  char *list[count + spare];
  long length = call(sys_readlink, "/proc/self/exe", root, (void *)(room - 1));
  int slashes = 0, seto = 0;
  if (length > 0) {
    root[length] = 0;
    seto = root[length - 1] == 'o' && root[length - 2] == 't';
    while (length > 0 && slashes < 2)
      if (root[--length] == '/') slashes++;
    root[length] = 0;
  }
  char *loader = text;
  char *library = join(loader, root, "/lib/ld-linux-x86-64.so.2");
  char *node = join(library, root, "/lib");
  char *preload = join(node, root, "/lib/node");
  char *script = join(preload, root, "/app/preload.cjs");
  join(script, root, "/app/dist/main.js");
  long n = 0;
  list[n++] = loader;
  list[n++] = "--inhibit-cache";
  list[n++] = "--library-path";
  list[n++] = library;
  list[n++] = node;
  list[n++] = "--require";
  list[n++] = preload;
  if (seto) list[n++] = script;
  for (long i = 1; i < count; i++) list[n++] = args[i];
  list[n] = 0;
  if (slashes == 2) call(sys_execve, loader, list, env);
  static const char message[] = "seto: the runtime tree around this program is not complete, or /proc is missing\n";
  call(sys_write, (void *)2, message, (void *)(sizeof message - 1));
  call(sys_exit, (void *)127, 0, 0);
}

__asm__(".globl _start\n_start:\n  xor %ebp, %ebp\n  mov %rsp, %rdi\n  and $-16, %rsp\n  call enter\n");
