import * as z from 'zod';

/** A token as lists show it: its id takes it back, the token itself is shown once, when it is made. */
export const tokenSchema = z.object({
  id: z.string(),
  name: z.string(),
  /** Null for a person's token: it has the person's roles. */
  role: z.string().nullable(),
  createdAt: z.number().int(),
  expiresAt: z.number().int().nullable(),
});

/** For how many days a new token is good; absent: until it is taken back. */
export const lifeDays = z.int().min(1).max(3650).optional();
