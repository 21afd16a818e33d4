import type { Phrase } from './format.ts';

export const phrases = {
  'demo.title': {
    en: 'Seto: the whole loop on this machine',
    ja: 'Seto: このマシンで一連の流れを動かします',
  },
  'demo.folder': {
    en: 'everything is in {dir} and goes with the demo',
    ja: 'すべて {dir} に置き、終了時に消します',
  },
  'demo.simulated': {
    en: 'The cloud is SIMULATED: its nodes are processes of this machine, billed at the price of {vm}.',
    ja: 'クラウドは【模擬】です。ノードはこのマシンのプロセスで、{vm} の料金で計算します。',
  },
  'demo.isolation': { en: 'Isolation: {how}', ja: '隔離: {how}' },
  'demo.no_isolation': {
    en: 'NO ISOLATION ({reason}): what is deployed below is a process, not a container.',
    ja: '【隔離なし】({reason})。以下で配備するものはコンテナではなく、ただのプロセスです。',
  },
  'demo.step1': { en: '1  Project and data', ja: '1  プロジェクトとデータ' },
  'demo.rendered': {
    en: 'rendered {count} pictures of {groups} parts',
    ja: '{groups} 個の部品の画像を {count} 枚作成',
  },
  'demo.photographs': {
    en: '{count} photographs of {groups} parts, labels {labels}',
    ja: '写真 {count} 枚、部品 {groups} 個、ラベル {labels}',
  },
  'demo.floor': {
    en: 'the gate’s floor is {floor}: the commonest label alone would score {majority} on the test split, plus ten points',
    ja: 'ゲートの下限は {floor}。テスト用画像で最多ラベルだけを答えた場合の {majority} に 10 ポイントを足した値です',
  },
  'demo.few_samples': {
    en: 'the label with the fewest has {samples} test pictures: the gate is told to accept that instead of {usual}',
    ja: 'テスト用画像が最も少ないラベルは {samples} 枚です。ゲートの必要枚数を {usual} からそれに下げます',
  },
  'demo.pushed_data': {
    en: 'data set {name}: snapshot {snapshot}',
    ja: 'データセット {name}: スナップショット {snapshot}',
  },
  'demo.step2': { en: '2  git push', ja: '2  git push' },
  'demo.step3': { en: '3  Train, test, build, deploy', ja: '3  学習・試験・イメージ作成・配備' },
  'demo.job_running': { en: '{stage} {job} runs on {node}', ja: '{stage} {job} を {node} で実行中' },
  'demo.job_waiting': { en: '{stage} {job} waits: {reason}', ja: '{stage} {job} は待機中: {reason}' },
  'demo.job_done': {
    en: '{stage} {job}: {status} in {seconds} s',
    ja: '{stage} {job}: {status} ({seconds} 秒)',
  },
  'demo.verdict': { en: 'gate: {line}', ja: 'ゲート: {line}' },
  'demo.live': { en: 'release {release} is live at {url}', ja: 'リリース {release} が {url} で稼働中' },
  'demo.step4': {
    en: '4  Predictions on pictures of parts that training never saw',
    ja: '4  学習に使っていない部品の画像で予測',
  },
  'demo.score': {
    en: '{what}: accuracy {accuracy} on {pictures} pictures{rates}',
    ja: '{what}: {pictures} 枚で正解率 {accuracy}{rates}',
  },
  'demo.rates': {
    en: ', missed defects {missed}, false alarms {alarms}',
    ja: '、見逃し {missed}、過検出 {alarms}',
  },
  'demo.clean': { en: 'the line as it was', ja: '変化前の現場' },
  'demo.step5': { en: '5  The line changes', ja: '5  現場が変わる' },
  'demo.change_light': {
    en: 'the lamp has aged: a third of the light',
    ja: '照明が劣化し、明るさが 3 分の 1 になった',
  },
  'demo.change_glare': { en: 'glare: something shines into the picture', ja: '反射光が画像に入り込んだ' },
  'demo.change_dirt': { en: 'dirt: dark specks on the parts', ja: '部品に汚れ (黒い点) が付いた' },
  'demo.change_blur': { en: 'blur: the lens is out of focus', ja: 'レンズのピントが外れた' },
  'demo.try_change': {
    en: '{change}: accuracy {before} → {after}',
    ja: '{change}: 正解率 {before} → {after}',
  },
  'demo.change_small': {
    en: '{change}: accuracy {before} → {after}, less than ten points; another',
    ja: '{change}: 正解率 {before} → {after}。10 ポイント未満のため次を試します',
  },
  'demo.line_sent': {
    en: '{count} pictures from the changed line, with serial numbers',
    ja: '変化後の現場から製造番号付きで {count} 枚',
  },
  'demo.drift': { en: 'drift {drift} (limit 1): {tests}', ja: 'ドリフト {drift} (限界 1): {tests}' },
  'demo.feedback': {
    en: 'true labels of {count} parts’ pictures came in by serial number',
    ja: '製造番号で {count} 枚の正解ラベルが届いた',
  },
  'demo.retraining': {
    en: 'the policy started pipeline {pipeline}: {reason}',
    ja: '方針によりパイプライン {pipeline} を開始: {reason}',
  },
  'demo.traffic': {
    en: 'a client kept predicting through the roll-out: {sent} requests, {failed} failed',
    ja: '切り替え中も予測を続けた結果: {sent} 件中、失敗 {failed} 件',
  },
  'demo.before': { en: 'changed pictures of unseen parts, before', ja: '変化後・未学習の部品、再学習前' },
  'demo.after': { en: 'changed pictures of unseen parts, after', ja: '変化後・未学習の部品、再学習後' },
  'demo.step6': { en: '6  The bill (SIMULATED yen)', ja: '6  請求 (【模擬】の円)' },
  'demo.interval': {
    en: '{node}  {from} – {to}  {seconds} s  ({source})',
    ja: '{node}  {from} – {to}  {seconds} 秒  ({source})',
  },
  'demo.formula': {
    en: '{pool}: C_vm {price} yen/h × Σ n·T_n ({times}) = {yen} yen',
    ja: '{pool}: C_vm {price} 円/h × Σ n·T_n ({times}) = {yen} 円',
  },
  'demo.all_month': {
    en: 'the same machine all month: {yen} yen',
    ja: '同じマシンを 1 か月動かした場合: {yen} 円',
  },
  'demo.month': {
    en: 'month to date {spent} yen with tax, of {budget}; forecast {forecast} yen',
    ja: '今月これまで {spent} 円 (税込)、予算 {budget} 円、月末の見込み {forecast} 円',
  },
  'demo.done': { en: 'Done in {seconds} s.', ja: '{seconds} 秒で完了しました。' },
  'demo.removed': { en: 'Everything was ended and removed.', ja: 'すべて終了し、削除しました。' },
  'demo.kept': {
    en: 'It goes on running:\n  console and git  {url}\n  endpoint         {endpoint}\n  sign in          seto login {link}\n  end it           seto down --data {data} && rm -rf {dir}',
    ja: 'このまま動き続けます:\n  画面と git      {url}\n  エンドポイント  {endpoint}\n  サインイン      seto login {link}\n  終了            seto down --data {data} && rm -rf {dir}',
  },
} as const satisfies Record<string, Phrase>;
