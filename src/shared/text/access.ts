import type { Phrase } from './format.ts';

/** What whoever was refused would need (`access.refused`). */
export const phrases = {
  'needs.token': { en: 'a token', ja: 'トークン' },
  'needs.kind': { en: 'a token of another kind: {kinds}', ja: '別の種類のトークン ({kinds})' },
  'needs.admin': { en: 'an administrator', ja: '管理者の権限' },
  'needs.role': { en: 'the role {role} in the project', ja: 'プロジェクトでの役割 {role}' },
  'needs.person': { en: 'a person’s token', ja: '利用者本人のトークン' },
  'needs.project': { en: 'a token of that project', ja: 'そのプロジェクトのトークン' },
  'needs.project_role': {
    en: 'a project token with the role {role}',
    ja: '役割 {role} のプロジェクトトークン',
  },
  'needs.no_job': { en: 'a person: no job may do this', ja: '利用者本人 (ジョブからはできません)' },
  'needs.own_job': { en: 'a job of the project that owns it', ja: '所有するプロジェクトのジョブ' },
  'needs.site': {
    en: 'a job on a node of site {site} (tags: [{site}])',
    ja: 'サイト {site} のノードで動くジョブ (tags: [{site}])',
  },
  'needs.protected_ref': {
    en: 'a pipeline on a protected branch or tag',
    ja: '保護されたブランチかタグのパイプライン',
  },
  'needs.maintainer': {
    en: 'the role maintainer: {ref} is protected',
    ja: '役割 maintainer ({ref} は保護されています)',
  },
} as const satisfies Record<string, Phrase>;
