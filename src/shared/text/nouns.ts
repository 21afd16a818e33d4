import type { Phrase } from './format.ts';

/** Things by their kind and name, to fill a place of a sentence. */
export const phrases = {
  'noun.project': { en: 'project {name}', ja: 'プロジェクト {name}' },
  'noun.user': { en: 'user {name}', ja: '利用者 {name}' },
  'noun.token': { en: 'token {name}', ja: 'トークン {name}' },
  'noun.protected_ref': { en: 'protected branch or tag {name}', ja: '保護されたブランチやタグ {name}' },
  'noun.ref': { en: 'branch or tag {name}', ja: 'ブランチやタグ {name}' },
  'noun.repository': { en: 'repository {name}', ja: 'リポジトリ {name}' },
  'noun.pipeline': { en: 'pipeline {name}', ja: 'パイプライン {name}' },
  'noun.job': { en: 'job {name}', ja: 'ジョブ {name}' },
  'noun.runner': { en: 'runner {name}', ja: 'ランナー {name}' },
  'noun.variable': { en: 'variable {name}', ja: '変数 {name}' },
  'noun.image': { en: 'image {name}', ja: 'イメージ {name}' },
  'noun.release': { en: 'release {name}', ja: 'リリース {name}' },
  'noun.key': { en: 'key {name}', ja: 'キー {name}' },
  'noun.file': { en: 'file {name}', ja: 'ファイル {name}' },
} as const satisfies Record<string, Phrase>;

export type NounKind = keyof typeof phrases extends `noun.${infer Kind}` ? Kind : never;
