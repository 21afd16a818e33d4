import { gunzipSync } from 'node:zlib';

/** The launcher program (launcher/launcher.c, built by launcher/build), gzipped, in base64. */
const packed =
  'H4sIAAAAAAACA61US2sTURS+eddaSQXxtXEWBR80iZFSWi2SQSI3JcaKrSJa6zQZm5EkE2duIC5sK2mg0zI7/4d1IYSgNn2k' +
  'j43WLqRYBAWLqa3SrgwKjudOMmKrFBdeSM75zvd9Z+bcOzMD/uB5s8mEjGVGZxFFY8inY1+1vmD5JYFaC+h8yIosutaGfl++' +
  'LfFx1WdEVF8Jl1ZIxI7+fVVtyPsZKx9x5sNGqYGiwkidfWie1AzXObBWWNvEpvJILWRYmxzG2tB8anOqK6B8y2tOhLCywl5l' +
  'r2D1SccjTWO72M7L+MH6cAcwo0fGC2Yfwqr1bQ+0xZl3G/j4dO4a5EE12OC4oMwFMu/LgYmSxWnD2UI/9nu1wae2i9BInBmy' +
  '0YYo5awUQwAI63w46/cuY21usM3uSVlYbYr67Gzmu6l/1bCs2cECsvxL/erPOsY1rXRU07T8Ki0oswFlpnSA4i8GLpYcFJcN' +
  'PF36+gPwLouOS58AYDVLG7XPWos1MMFhoPIOSNoVa5HuISXofp4AIqQ0FQ9CHlIai0yVOwaxVecaiich92c1sqddaSu2AMjT' +
  'lgG17lWOHj1uXbrvDIySyRqskIkyPYN17zxWz2k4u4ydoQlsWvAuBpR9EzC4ObU/oHa+qc+doc7KtEHlhdOmtxo3w9/zW/Rm' +
  '4UiQ0+ZdzLXR+gBVK69h41V+6Tp7g+1mb7I93VP68+BJSmLYI/Ox2x4+zSNPTOj1xCKumJBIpV3plmZXc5NbFt2ndKZCJ8QI' +
  'CLlkErx8TOQi7vAduVKQpbAnzgkJN5GRyyUkokKvQFxhLhzlAYNZ4qR7riRHogAl/m5KkPidn1uZJ+JphkR5RkoliBDnGSLx' +
  'PMNJYioRgbogMzBBn8TFGUgTImHCYjwZ4wnfyIgSo49Hmbggy0KirxYhtxyViUS4XuQmfJogtyRGOMKh/7N2w4+ehvFuGt+B' +
  'MYM3b9Wbtvn3VmuGjL5WlVjBm9v0DPqzn+Uv92V8Pw6hna//E4c4rBLQBAAA';

/** The bytes of `bin/node` and `bin/seto`: one static x86-64 program that acts by the name it lies under. */
export function launcherProgram(): Buffer {
  return gunzipSync(Buffer.from(packed, 'base64'));
}
