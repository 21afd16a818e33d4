import type { Phrase } from './format.ts';

export const phrases = {
  'forge.push.reserved': {
    en: 'only refs/heads/, refs/tags/ and refs/notes/ can be pushed',
    ja: 'プッシュできるのは refs/heads/、refs/tags/、refs/notes/ だけです',
  },
  'forge.push.default_branch': {
    en: 'the default branch cannot be deleted',
    ja: '既定のブランチは削除できません',
  },
  'forge.push.protected': {
    en: 'protected: only maintainers may push here; push another branch',
    ja: '保護されています: プッシュできるのはメンテナーだけです。別のブランチへプッシュしてください',
  },
  'forge.push.declined': {
    en: 'not taken, since another ref of this push was refused',
    ja: '同じプッシュの別の参照が拒否されたため、受け付けませんでした',
  },
  'forge.push.skipped': {
    en: 'No pipeline, as asked (skip ci).',
    ja: '指定によりパイプラインは作りません (skip ci)。',
  },
  'forge.push.pipeline': {
    en: 'Pipeline #{id} for {ref}. Watch it: `seto pipeline show {id}`',
    ja: '{ref} のパイプライン #{id}。様子を見るには: `seto pipeline show {id}`',
  },
  'forge.push.jobs': { en: 'Jobs: {jobs}', ja: 'ジョブ: {jobs}' },
  'forge.push.broken': {
    en: 'The push was taken, but .gitlab-ci.yml has mistakes ({count}) and no job runs:',
    ja: 'プッシュは受け付けましたが、.gitlab-ci.yml に {count} 件の指摘があり、ジョブは動きません:',
  },
  'forge.push.no_file': {
    en: 'No pipeline: there is no .gitlab-ci.yml at {ref}.',
    ja: 'パイプラインはありません: {ref} に .gitlab-ci.yml がありません。',
  },
  'forge.push.many': {
    en: 'No pipelines: this push changed more than {most} branches and tags.',
    ja: 'パイプラインはありません: このプッシュは {most} を超えるブランチとタグを変えました。',
  },
  'forge.push.later': {
    en: 'The push was taken; the pipeline of {ref} could not be made now and is tried again at the next start.',
    ja: 'プッシュは受け付けました。{ref} のパイプラインは今は作れず、次の起動時にもう一度試します。',
  },
  'forge.failure.lease_over': {
    en: 'lease_over: it would have outlived what its node was paid for; a longer `timeout:` keeps more room',
    ja: 'lease_over: ノードに前払いした時間を超えるため終了しました。`timeout:` を長くすると予算から長く確保します',
  },
  'forge.failure.spending_stopped': {
    en: 'spending_stopped: an admin stopped all spending; `seto pool resume --all`, then `seto job retry JOB`',
    ja: 'spending_stopped: 管理者がすべての支出を止めました。`seto pool resume --all` の後に `seto job retry JOB` で再実行できます',
  },
  'forge.pipeline': { en: 'Pipeline #{id}', ja: 'パイプライン #{id}' },
  'forge.job.waits': { en: 'Job {id} waits: {reason}', ja: 'ジョブ {id} は待っています: {reason}' },
  'forge.wait.runner': { en: 'waiting for a runner', ja: 'ランナーを待っています' },
} as const satisfies Record<string, Phrase>;
