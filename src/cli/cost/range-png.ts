import { createRequire } from 'node:module';
import path from 'node:path';
import { fault } from '../../shared/errors.ts';

/** Twice the picture's own pixels: at once, letters are ragged on today's screens; at four times, files are large. */
const zoom = 2;

/**
 * A picture of ours as PNG, its letters from the font that we bring, whatever the machine has.
 * Throws `cost.no_png` where the renderer is not installed.
 */
export async function pngOf(svg: string): Promise<Uint8Array> {
  const { Resvg } = await import('@resvg/resvg-js').catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ERR_MODULE_NOT_FOUND' || error.code === 'MODULE_NOT_FOUND'
      ? fault('cost.no_png')
      : error;
  });
  const fonts = path.dirname(
    createRequire(import.meta.url).resolve('@expo-google-fonts/biz-udpgothic/package.json'),
  );
  const fontFiles = ['400Regular/BIZUDPGothic_400Regular.ttf', '700Bold/BIZUDPGothic_700Bold.ttf'];
  return new Resvg(svg, {
    fitTo: { mode: 'zoom', value: zoom },
    font: {
      loadSystemFonts: false,
      fontFiles: fontFiles.map((file) => path.join(fonts, file)),
      defaultFontFamily: 'BIZ UDPGothic',
      sansSerifFamily: 'BIZ UDPGothic',
    },
  })
    .render()
    .asPng();
}
