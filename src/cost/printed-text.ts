import * as z from 'zod';

/** A text of a file that is printed to terminals: without control characters, which a terminal would obey. */
export const printedText = z.string().regex(/^\P{Cc}*$/u, 'input.control');
