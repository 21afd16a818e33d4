// Loaded by the runtime tree's bin/node before anything else: the launcher starts Node through the tree's own loader,
// so Node takes the loader for itself; this names the launcher again, and makes `seto/pictures` importable anywhere.
const { registerHooks } = require('node:module');
const path = require('node:path');
const { pathToFileURL } = require('node:url');

process.execPath = path.join(__dirname, '../bin/node');
process.argv[0] = process.execPath;
const own = process.execArgv.findIndex((each) => each.endsWith('/app/preload.cjs'));
if (own > 0) process.execArgv.splice(own - 1, 2);

const pictures = pathToFileURL(path.join(__dirname, 'dist/serving/pictures.js')).href;
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'seto/pictures' ? { url: pictures, shortCircuit: true } : next(specifier, context),
});
