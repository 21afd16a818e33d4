import type { Site } from '../identity/principal.ts';
import type { Config } from './config.ts';

/** Where the platform is reached; the listening ports are known only after the start. */
export interface Urls {
  /** As people reach us, without a slash at the end. */
  main(): string;
  /** As nodes reach us. */
  link(): string;
  gateway(): string;
  forSite(site: Site): string;
  /** Host header values that are ours. */
  hosts(): string[];
  /** What the listeners turned out to be. */
  listening(addresses: { main: string; link: string }): void;
  gatewayListening(url: string): void;
}

export function createUrls(config: Config): Urls {
  let main = '';
  let link = '';
  let gateway = '';
  const trim = (url: string) => url.replace(/\/+$/, '');
  const urls: Urls = {
    main: () => trim(config.url ?? main),
    link: () => trim(config.link.url ?? link),
    gateway: () => trim(config.gateway.url ?? gateway),
    forSite: (site) => (site === 'cloud' ? urls.link() : urls.main()),
    hosts: () => [urls.main(), urls.link()].filter(Boolean).map((url) => new URL(url).host),
    listening: (addresses) => {
      main = addresses.main;
      link = addresses.link;
    },
    gatewayListening: (url) => {
      gateway = url;
    },
  };
  return urls;
}
