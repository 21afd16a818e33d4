import { gunzipSync } from 'node:zlib';

/** The launcher program (launcher/launcher.c, built by launcher/build), gzipped, in base64. */
const packed =
  'H4sIAAAAAAAC/61US2sTURS+eddaSQXxgQtnUVCxSYyUUmuRDBK5KTFWbBXRWqfJ2IwkmThzA3FhW0kDnZbZ+T+sCyEEtekjfWy0diHFIihYTG2V' +
  'dmVQcDx3khFbpbjwQnLOd77vOzPn3pkZ8AfPm00mZCwzOosoGkM+Hfuq9QXLLwnUWkDnQ1Zk0bU29PvybYmPqz4jovpKuLRCInb076tqQ97PWPmI' +
  'Mx82Sg0UFUbq7EPzpGa4zoG1wtomNpVHaiHD2uQw1obmU5tTXQHlW15zIoSVFfYqewWrTzoeaRrbxXZexg/WhzuAGT0yXjD7EFatb3ugLc6828DH' +
  'p3PXIA+qwQbHBWUukHlfDkyULE4bzhb6sd+rDT61XYRG4syQjTZEKWelGAJAWOfDWb93GWtzg212T8rCalPUZ2cz3039q4ZlzQ4WkOVf6ld/1jGu' +
  'aaWjmqblV2lBmQ0oM6UDFH8xcLHkoLhs4OnS1x+Ad1l0XPoEAKtZ2qh91lqsgQkOA5V3QNKuWIt0DylB9/MEECGlqXgQ8pDSWGSq3DGIrTrXUDwJ' +
  'uT+rkT3tSluxBUCetgyoda9y9Ojx6aX7zsAomazBCpko0zNY985j9ZyGs8vYGZrApgXvYkDZNwGDm1P7A2rnm/rcGeqsTBtUXjhteqtxM/w9v0Vv' +
  'Fo4EOW3exVwbrQ9QtfIaNl7ll66zN9hu9ibb0z2lPw+epCSGPTIfu+3h0zzyxIReTyziigmJVNqVbml2NTe5ZdF9SmcqdEKMgJBLJsHLx0Qu4g7f' +
  'kSuFiCATT5wTEm6ouFxCIir0CsQV5sJRHjC4JU6650pyJApQ4u+mBInf8bmVeSK2MiTKM1IqQYQ4zxCJ5xlOElOJCNQFmYEJ+iQuzkCaEAkTFuPJ' +
  'GE/4RkaUGH08ysQFWRYSfbUIueWoTCTC9SI34dMEuSUxwhEO/Z+1G370NIx30/gOjBm8eavetM2/t1ozZPS1qsQK3tymZ9Cf/Sx/uS/j+3EI7Xz9' +
  'nztAhXfQBAAA';

/** The bytes of `bin/node` and `bin/seto`: one static x86-64 program that acts by the name it lies under. */
export function launcherProgram(): Buffer {
  return gunzipSync(Buffer.from(packed, 'base64'));
}
