// Makes `seto/pictures` importable from any folder, for `seto exec`; the runtime tree's preload.cjs does it for jobs.
const { registerHooks } = require('node:module');
const path = require('node:path');
const { pathToFileURL } = require('node:url');

const pictures = pathToFileURL(path.join(__dirname, '../serving/pictures.ts')).href;
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'seto/pictures' ? { url: pictures, shortCircuit: true } : next(specifier, context),
});
