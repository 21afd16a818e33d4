import type { Phrase } from './format.ts';

/** `seto demo --tight-budget`. */
export const phrases = {
  'tight.title': {
    en: 'Seto: a budget that holds exactly one lease',
    ja: 'Seto: リースちょうど 1 つ分の予算',
  },
  'tight.step1': { en: '1  The sum', ja: '1  計算' },
  'tight.lease_time': {
    en: 'one lease: boot {boot} s + job limit {timeout} s + idle tail {idle} s + end margin {margin} s = {total} s',
    ja: 'リース 1 つ: 起動 {boot} 秒 + ジョブの上限 {timeout} 秒 + 待機 {idle} 秒 + 終了の余裕 {margin} 秒 = {total} 秒',
  },
  'tight.lease_yen': {
    en: '{price} yen/h × {total} s ÷ 3600 × {tax} (tax) = {yen} yen: that is the whole budget of the month',
    ja: '{price} 円/h × {total} 秒 ÷ 3600 × {tax} (税) = {yen} 円。これを 1 か月の予算とします',
  },
  'tight.step2': { en: '2  The first job is paid for, and runs', ja: '2  1 つ目のジョブは前払いされ、動く' },
  'tight.kept': {
    en: 'spent and kept by its lease: {committed} of {budget} yen; left {left}',
    ja: '使用済みとリースの確保: {budget} 円中 {committed} 円。残り {left} 円',
  },
  'tight.step3': {
    en: '3  The second, asked for while the first runs, waits',
    ja: '3  1 つ目の実行中に頼んだ 2 つ目は待つ',
  },
  'tight.exit': { en: '{command}: exit code {code}', ja: '{command}: 終了コード {code}' },
  'tight.step4': { en: '4  The budget is raised, and it runs', ja: '4  予算を上げると動く' },
  'tight.raised': {
    en: 'twice the lease: `seto cost budget set {yen}`',
    ja: 'リース 2 つ分にする: `seto cost budget set {yen}`',
  },
  'tight.waited': {
    en: 'job #{job} began {seconds} s after the budget was raised',
    ja: 'ジョブ #{job} は予算を上げてから {seconds} 秒後に開始',
  },
  'tight.step5': { en: '5  The bill (SIMULATED yen)', ja: '5  請求 (【模擬】の円)' },
  'tight.agrees': {
    en: 'formula (1), worked out again from the intervals above: the same to the last digit, {exact} nano-yen·ms/h',
    ja: '上の稼働区間から式 (1) を計算し直した値と最後の桁まで一致: {exact} ナノ円·ms/h',
  },
} as const satisfies Record<string, Phrase>;
