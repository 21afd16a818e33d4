import type { Layout } from '../../estimate/bill-model.ts';

/** How a layout looks: told apart by hue, by lightness (in grey, or to the colour-blind) and by dashes or texture. */
export interface Look {
  /** CIE lightness from 15 to 65 in even steps, so that each differs from every other in grey. */
  colour: string;
  /** `stroke-dasharray`; empty for a full line. */
  dash: string;
  /** SVG within a tile of 14 × 14 pixels, laid over the colour of an area. */
  texture: string;
}

const line = (d: string) =>
  `<path d="${d}" fill="none" stroke="#fff" stroke-width="1" stroke-opacity="0.45"/>`;

export const looks: Readonly<Record<Layout, Look>> = {
  'all-onprem': {
    colour: '#262626',
    dash: '2 4',
    texture:
      '<circle cx="4" cy="4" r="1.1" fill="#fff" fill-opacity="0.5"/><circle cx="11" cy="11" r="1.1" fill="#fff" fill-opacity="0.5"/>',
  },
  'hybrid-aks': { colour: '#6A1B5D', dash: '12 4 2 4', texture: line('M0 7H14M7 0V14') },
  'hybrid-vm': { colour: '#0B62A4', dash: '', texture: '' },
  'all-cloud': { colour: '#C2570C', dash: '9 5', texture: line('M0 3.5H14M0 10.5H14') },
  'hybrid-aks-2023': { colour: '#3DB393', dash: '5 3', texture: line('M3.5 0V14M10.5 0V14') },
};
