import type { Phrase } from './format.ts';

/** The plain pages that browsers get. */
export const phrases = {
  'page.home.title': { en: 'Seto is running here', ja: 'Seto が動いています' },
  'page.home': {
    en: 'This is a machine-learning platform. It has no pages yet; it is used from the command line, with git and over HTTP (/api/openapi.json). Sign in with the link that `seto up` printed, then look around:',
    ja: '機械学習の基盤です。画面はまだなく、コマンドライン、git、HTTP (/api/openapi.json) で使います。`seto up` が表示したリンクでサインインし、次のコマンドで様子を確かめてください:',
  },
  'page.sign_in.title': { en: 'Sign in on the command line', ja: 'コマンドラインでサインインしてください' },
  'page.sign_in': {
    en: 'This link is for the command line, and opening it here did not use it up. Copy the whole address of this page, with what stands behind #, and run:',
    ja: 'このリンクはコマンドライン用です。ここで開いても使用済みにはなりません。このページのアドレスを # の後まですべて写し、次のように実行してください:',
  },
  'page.pipeline.title': { en: 'Pipeline #{id}', ja: 'パイプライン #{id}' },
  'page.job.title': { en: 'Job #{id}', ja: 'ジョブ #{id}' },
  'page.command': {
    en: 'There is no page for it yet. On the command line:',
    ja: '画面はまだありません。コマンドラインで確かめてください:',
  },
} as const satisfies Record<string, Phrase>;
