import type { Phrase } from './format.ts';

/** What is wrong with a value that somebody wrote or sent; told behind its place (`pools.0.maxNodes: …`). */
export const phrases = {
  'input.missing': { en: 'missing', ja: '値がありません' },
  'input.expected': { en: 'expected {what}', ja: '{what}を指定してください' },
  'input.kind.string': { en: 'a text', ja: '文字列' },
  'input.kind.number': { en: 'a number', ja: '数値' },
  'input.kind.int': { en: 'a whole number', ja: '整数' },
  'input.kind.boolean': { en: 'true or false', ja: 'true か false ' },
  'input.kind.list': { en: 'a list', ja: 'リスト' },
  'input.kind.map': { en: 'keys and values', ja: 'キーと値の組' },
  'input.least': { en: 'must be {n} or more', ja: '{n} 以上にしてください' },
  'input.above': { en: 'must be more than {n}', ja: '{n} より大きくしてください' },
  'input.most': { en: 'must be {n} or less', ja: '{n} 以下にしてください' },
  'input.below': { en: 'must be less than {n}', ja: '{n} 未満にしてください' },
  'input.empty': { en: 'must not be empty', ja: '空にはできません' },
  'input.least_characters': { en: 'must have {n} characters or more', ja: '{n} 文字以上にしてください' },
  'input.most_characters': { en: 'must have {n} characters or fewer', ja: '{n} 文字以下にしてください' },
  'input.least_entries': { en: 'must have {n} entries or more', ja: '{n} 個以上にしてください' },
  'input.most_entries': { en: 'must have {n} entries or fewer', ja: '{n} 個以下にしてください' },
  'input.only': { en: 'expected {list}', ja: '{list} を指定してください' },
  'input.one_of': { en: 'expected one of {list}', ja: '{list} のいずれかを指定してください' },
  'input.unknown_key': { en: 'unknown key “{key}”', ja: '不明なキー「{key}」' },
  'input.unknown_key_here': {
    en: 'unknown key “{key}”; known here: {known}',
    ja: '不明なキー「{key}」。ここで使えるキー: {known}',
  },
  'input.form': { en: 'is not in the form that is expected here', ja: '形式が正しくありません' },
  'input.unfit': { en: 'cannot be used here', ja: 'この値は使えません' },
  'input.not_json': { en: 'not JSON', ja: 'JSON ではありません' },
  'input.request': { en: 'The request', ja: '要求' },
  'input.file': { en: 'file', ja: 'ファイル' },
  'input.too_large': { en: 'larger than {limit}', ja: '上限 {limit} を超えています' },
  'input.not_utf8': {
    en: 'not UTF-8 text; save it as UTF-8',
    ja: 'UTF-8 のテキストではありません。UTF-8 で保存してください',
  },
  'input.too_deep': { en: 'nested more than {limit} levels deep', ja: '入れ子が {limit} 段を超えています' },
  'input.address': {
    en: 'expected ADDR or ADDR:PORT',
    ja: '「アドレス」または「アドレス:ポート」の形で指定してください',
  },
  'input.rate': {
    en: 'a rate from 0 to 1, or 0% to 100%',
    ja: '0 から 1 の割合か、0% から 100% で指定してください',
  },
  'input.port': { en: 'expected a port from 0 to 65535', ja: 'ポートは 0 から 65535 で指定してください' },
  'input.url': {
    en: 'expected an http:// or https:// URL',
    ja: 'http:// か https:// で始まる URL を指定してください',
  },
  'input.only_driver': {
    en: 'expected {list}: it is the one this version has',
    ja: '{list} を指定してください。この版にはこれだけがあります',
  },
  'input.project': {
    en: 'expected a project path, GROUP/NAME in lower case',
    ja: 'プロジェクトのパスを小文字の「グループ/名前」で指定してください',
  },
  'input.time_zone': {
    en: 'expected an IANA time zone such as Asia/Tokyo',
    ja: 'Asia/Tokyo のような IANA の時間帯を指定してください',
  },
  'input.duration': {
    en: 'expected a duration such as 30s, 5m or 1h',
    ja: '30s、5m、1h のような時間の長さを指定してください',
  },
  'input.long_duration': {
    en: 'expected a duration such as 30m, 24h or 7d',
    ja: '30m、24h、7d のような時間の長さを指定してください',
  },
  'input.cron': {
    en: 'expected five cron fields such as "0 3 * * 0"',
    ja: '"0 3 * * 0" のような 5 項目の cron 式を指定してください',
  },
  'input.condition': { en: 'expected at least one condition', ja: '条件を 1 つ以上書いてください' },
  'input.month': { en: 'expected YYYY-MM', ja: 'YYYY-MM の形で指定してください' },
  'input.sha256': {
    en: 'expected a SHA-256 in lower-case hex',
    ja: 'SHA-256 を小文字の 16 進数で指定してください',
  },
  'input.one_name': {
    en: 'give predictionId or reference, one of the two',
    ja: 'predictionId と reference のどちらか一方を指定してください',
  },
  'input.pool.name': {
    en: 'expected lower case letters, digits and -',
    ja: '小文字の英数字と - で指定してください',
  },
  'input.pool.tag': { en: 'expected a word', ja: '空白のない語を指定してください' },
  'input.pool.few': { en: 'is more than maxNodes ({most})', ja: 'maxNodes ({most}) を超えています' },
  'input.pool.twice': { en: 'two pools are called {name}', ja: '{name} というプールが 2 つあります' },
  'input.pool.two_prices': {
    en: 'give vm or pricePerHour, not both',
    ja: 'vm と pricePerHour はどちらか一方にしてください',
  },
  'input.pool.no_price': {
    en: 'a pool of site cloud needs vm or pricePerHour: { yen: … }',
    ja: 'site が cloud のプールには vm か pricePerHour: { yen: … } が必要です',
  },
  'input.fixed_cost.name': { en: 'expected letters, digits and -', ja: '英数字と - で指定してください' },
  'input.fixed_cost.no_price': {
    en: 'a fixed cost of kind other needs pricePerHour: { yen: … }',
    ja: 'kind が other の固定費には pricePerHour: { yen: … } が必要です',
  },
  'input.fixed_cost.twice': {
    en: 'two fixed costs are called {name}',
    ja: '{name} という固定費が 2 つあります',
  },
  'input.price.vm': {
    en: 'no price is known for {vm} in {region}; nearest: {nearest}',
    ja: '{region} の {vm} の価格が分かりません。近い名前: {nearest}',
  },
  'input.price.region': {
    en: 'no prices are known for {region}; nearest: {nearest}',
    ja: '{region} の価格が分かりません。近い名前: {nearest}',
  },
  'input.price.unreliable': {
    en: 'the price of {vm} in {region} is not to be relied on (the source gives {figures} dollars, where two meters collide or one is free): list it in your own price sheet (prices:), or give a price an hour in its place; for a pool, `seto cost prices refresh` may know it',
    ja: '{region} の {vm} の価格は信頼できません (出典の値は {figures} ドルですが、二つのメーターが混ざっているか無料になっています)。自社の価格表 (prices:) に載せるか、代わりに 1 時間の価格を書いてください。プールの場合は `seto cost prices refresh` で分かることもあります',
  },
  'input.price.meter': {
    en: 'no price is known for {meter} in {region}: list it in your own price sheet (prices:)',
    ja: '{region} の {meter} の価格が分かりません。自社の価格表 (prices:) に載せてください',
  },
  'input.date': { en: 'expected a day: YYYY-MM-DD', ja: '日付 (YYYY-MM-DD) を指定してください' },
  'input.prices.region': {
    en: 'expected the name of a region, such as japaneast',
    ja: 'リージョン名 (japaneast など) を指定してください',
  },
  'input.prices.vm': {
    en: 'expected the name of a VM size, such as Standard_F4s_v2',
    ja: 'VM サイズの名前 (Standard_F4s_v2 など) を指定してください',
  },
  'input.prices.meter': {
    en: 'expected a price, or tiers: [{ from: 0, price: … }, …]',
    ja: '価格か段階 [{ from: 0, price: … }, …] を指定してください',
  },
  'input.prices.tiers': {
    en: 'tiers must begin with from: 0 and ascend',
    ja: '段階は from: 0 から始め、昇順に並べてください',
  },
  'input.prices.count': {
    en: 'the page has not as many rows as it says',
    ja: 'ページの行数が申告と合いません',
  },
  'input.prices.partial': {
    en: 'this file has only a selection of the book; save it without --region, --match and --meters',
    ja: 'このファイルは価格表の一部だけです。--region、--match、--meters を付けずに保存してください',
  },
  'input.control': { en: 'holds a control character', ja: '制御文字が含まれています' },
  'input.price.form': {
    en: 'expected { yen: NUMBER } or { usd: NUMBER }',
    ja: '{ yen: 数値 } か { usd: 数値 } を指定してください',
  },
  'input.price.rate': {
    en: 'prices are in dollars: give exchange: { yenPerDollar: …, date: … }',
    ja: '価格がドル建てです。exchange: { yenPerDollar: …, date: … } を指定してください',
  },
  'input.scenario.nodes': {
    en: 'expected a number of nodes from 1',
    ja: '1 以上のノード数を指定してください',
  },
  'input.scenario.one_price': {
    en: 'give either vm or pricePerHour',
    ja: 'vm か pricePerHour のどちらか一方を指定してください',
  },
  'input.scenario.hours': {
    en: 'adds up to {sum} hours; the month has {hours}',
    ja: '合計 {sum} 時間です。1 か月は {hours} 時間です',
  },
  'input.scenario.too_many': { en: 'more than {most} nodes', ja: 'ノードが {most} 台を超えています' },
  'input.scenario.month': {
    en: 'more than the month’s {hours}',
    ja: '1 か月の {hours} 時間を超えています',
  },
  'input.model.name': {
    en: 'expected letters, digits, dot, underscore, hyphen; at most 100',
    ja: '英数字と . _ - で 100 文字以下にしてください',
  },
  'input.model.channels': {
    en: 'colour {colour} has {channels} channel(s), shape says {given}',
    ja: 'colour {colour} のチャンネル数は {channels} ですが、shape では {given} です',
  },
  'input.model.fixed': {
    en: 'normalise fixed needs {channels} value(s)',
    ja: 'normalise が fixed のときは {channels} 個の値が必要です',
  },
  'input.model.window': {
    en: 'normalise local needs an odd window',
    ja: 'normalise が local のときは奇数の window が必要です',
  },
  'input.model.window_large': {
    en: 'window is larger than the picture grid',
    ja: 'window が画像より大きくなっています',
  },
  'input.model.label_twice': { en: 'a label stands there twice', ja: '同じラベルが 2 つあります' },
  'input.model.no_label': {
    en: '"{label}" is not among the labels',
    ja: '「{label}」は labels にありません',
  },
  'input.model.all_rejected': { en: 'every label is rejected', ja: 'すべてのラベルが不良扱いです' },
  'input.model.unsure': {
    en: 'the first value is larger than the second',
    ja: '1 つ目の値が 2 つ目より大きくなっています',
  },
} as const satisfies Record<string, Phrase>;
