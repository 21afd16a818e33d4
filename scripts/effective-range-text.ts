import type { Layout } from '../src/cost/estimate/bill-model.ts';
import type { Lang } from '../src/shared/text/format.ts';
import type { SpanName } from './effective-range.ts';

/** The figures of the page, each computed. */
export interface PageFacts {
  scenarioFile: string;
  spans: Readonly<Record<SpanName, string>>;
  rate: number;
  rateDate: string;
  pricesDate: string;
  yen(layout: Layout): string;
  lead: string;
  /** Where the order of a pair changes over an input. */
  change(name: SpanName, pair: readonly Layout[]): string;
  costTable: string;
  breakEvenTable(name: SpanName): string;
  singlePlaceTable: string;
  sensitivityTable: string;
  most: string;
  /** The number of developers from which on a shared link makes a single place cheaper. */
  linkTurn: string;
  linkMonths: number;
  linkTable: string;
}

/** docs/effective-range.md and its Japanese twin. */
export function pageText(lang: Lang, facts: PageFacts): string {
  return lang === 'ja' ? japanese(facts) : english(facts);
}

function english(f: PageFacts): string {
  return `# Where the hybrid layout pays

Made by \`scripts/effective-range.ts\`: every figure, table and picture comes from \`${f.scenarioFile}\` and the shipped prices of ${f.pricesDate}, at ${f.rate} yen a dollar (${f.rateDate}). [日本語](effective-range.ja.md)

The paper leaves open in which range the hybrid layout pays. For a shop that inspects its products by camera, the answer is:

- **Hybrid with plain VMs is the cheapest layout**, at ${f.yen('hybrid-vm')} yen a month; everything on-premises follows ${f.lead} yen above it. It stays the cheapest up to ${f.change('training', ['hybrid-vm', 'all-onprem'])} hours of training a month (as many retrainings, longer ones), up to ${f.change('data', ['hybrid-vm', 'all-onprem'])} GB of training data at 100 Mbit/s, and down to ${f.change('link', ['hybrid-vm', 'all-onprem'])} Mbit/s at 50 GB. The exchange rate alone (80 to 200 yen a dollar) does not change that. With many developers it is cheapest only if they do not wait for each other at the line: from ${f.linkTurn} on, everything in the cloud costs less, unless the data set is also kept there (\`dataCache: cloud\`).
- **Hybrid on AKS, the paper's form, is dearer than either single place** for this shop: ${f.yen('hybrid-aks-2023')} yen under the rules of 2023 and ${f.yen('hybrid-aks')} yen under today's, against ${f.yen('all-onprem')} on-premises and ${f.yen('all-cloud')} in the cloud. Its nodes that are always up cost more than what the cloud saves.

${f.costTable}

**Read this with care.** The workload and many prices are ours, not the paper's, whose table of values is not in our hands. Some prices are approximate (\`seto cost estimate FILE\` says which); yours differ with your contract. Nodes of this version are simulated; nothing here was measured on Azure. Developers' own machines and a GPU workstation are bought only in \`all-onprem\`; the machine for code, storage and operation is there anyway, as the paper assumes. The closed form lets no job wait for another: docs/estimates.md says how far a simulated month differs. No hours of people are in it, and no layout's work is harder than another's.

## Where hybrid is not cheaper than a single place

Each column: where that layout is cheaper than \`all-cloud\` and than \`all-onprem\`, all other inputs as in the scenario.

${f.singlePlaceTable}

- **Nodes that are always up.** AKS wants a system pool: one node of 2 vCPU was enough in 2023, two of 4 vCPU are asked today, and a load balancer with its addresses stands beside them. That is owed before anybody trains. With 2023's rules hybrid undercuts everything on-premises only below ${f.change('exchange', ['hybrid-aks-2023', 'all-onprem'])} yen a dollar, or from ${f.change('developers', ['hybrid-aks-2023', 'all-onprem'])} developers on; in both cases \`all-cloud\` is cheaper still.
- **Data that comes over the link while the node is billed.** A fresh node pulls the training data from on-premises: 50 GB at 100 Mbit/s are 1.1 hours, each time. With more data or a slower line this passes the work itself, and the hybrid form loses to one place; the map below shows where. \`dataCache: cloud\` in the scenario trades that time for storage in the cloud.
- **A GPU that is busy anyway.** A workstation that was bought costs the same whether it works or not. Above ${f.change('training', ['hybrid-vm', 'all-onprem'])} hours of training a month it is cheaper than renting by the hour. (The retrainings become longer, as many as before: more of them would each pull the data again, and the border would be lower.)

## Hours of training

![Bills of five layouts over hours of training](effective-range/training.svg)

${f.breakEvenTable('training')}

## Developers

![Bills of five layouts over the number of developers](effective-range/developers.svg)

${f.breakEvenTable('developers')}

People are whole: a break-even is the first number of developers at which the other layout is cheaper.

**They share one link.** The curves give each node the line for itself. In simulated months nodes pull their data one after the other and are billed while they wait: hybrid with plain VMs is then dearer than everything in the cloud from **${f.linkTurn} developers** on, unless the data set also lies beside the nodes (\`dataCache: cloud\`), which keeps it the cheapest. \`hybrid-vm\`, yen a month, means of ${f.linkMonths} simulated months, beside the two single places:

${f.linkTable}

## Training data and the link

![The cheapest layout over training data and link speed](effective-range/data-link.svg)

Over the data alone, at 100 Mbit/s:

${f.breakEvenTable('data')}

Over the link alone, at 50 GB:

${f.breakEvenTable('link')}

## Exchange rate

![Bills of five layouts over the exchange rate](effective-range/exchange.svg)

${f.breakEvenTable('exchange')}

## What moves the answer

At ±10 % of each input (±1 developer), and over a range that one may well meet (ours: training 1/4 to 4 times, VM price 1/2 to 2, data 1/5 to 5, developers 1/3 to 3, link 10 to 1,000 Mbit/s, 100 to 165 yen a dollar). The bill is that of \`hybrid-vm\`; its lead is against the next layout. “${f.most}” moves the bill most.

${f.sensitivityTable}

## Your own scenario

\`\`\`sh
seto cost range scenario.yaml --x trainingHours=0..200 --svg range.svg
seto cost range scenario.yaml --x dataGb=1..1000:log --y linkMbps=10..1000:log --png map.png
seto cost range scenario.yaml --sensitivity --json
\`\`\`

The scenario needs \`workload:\` and \`layout:\`; \`--prices FILE\` and \`prices:\` work as for \`seto cost estimate FILE\`. Inputs: \`trainingHours\` (retrainings become longer, not more), \`vmPriceYen\` (an hour of the machine that trains), \`dataGb\`, \`linkMbps\` (to the cloud; the other direction keeps its proportion), \`developers\`, \`yenPerDollar\`, \`budgetYen\`. \`:log\` draws logarithmically. Break-evens are exact: between two kinks a bill is a + b·x + c/x, solved in closed form. Where two inputs are given and one is \`developers\`, it is drawn upwards.

\`--json\` prints \`{ prices, exchange, scenario, … }\`, \`scenario\` being the own value of each input (\`budgetYen\` null without one), and
- for \`--x\`: \`range: { span: { input, from, to, scale }, whole, cheapest: [{ from, to, layouts }], breakEvens: [{ number, pair, x, kind, below, above, yen, changesCheapest, wholeFrom? }], equal: [{ pair, from, to }], within: [{ layout, stretches: [{ from, to }] }] }\`; \`layouts\` has more than one where bills are the same; \`kind\` is \`crossing\`, \`step\` (a bill jumps past the other) or \`touch\`; \`below\` and \`above\` name the cheaper one on either side, null where both are the same; \`within\` is null without a budget; where \`whole\`, stretches include both their ends;
- for \`--x\` and \`--y\`: \`map: { x, y, rows: [{ y, parts: [{ from, to, layout, within }] }] }\`;
- for \`--sensitivity\`: \`sensitivity: { cheapest, yen, leadYen, inputs: [{ input, own, near, plausible, swingYen, turns }] }\`; \`near\` and \`plausible\` are two of \`{ value, cheapest, billChangeYen, leadYen }\`, \`turns\` downwards and upwards \`{ value, whole?, change, cheapest }\` or null.
`;
}

function japanese(f: PageFacts): string {
  return `# ハイブリッド構成の有効範囲

\`scripts/effective-range.ts\` が作るページです。数値・表・図はすべて \`${f.scenarioFile}\` と同梱の価格 (${f.pricesDate})、1 ドル ${f.rate} 円 (${f.rateDate}) から計算しています。[English](effective-range.md)

元の論文は、ハイブリッド構成がどの範囲で有効かを今後の課題としています。カメラで製品を検査する事業所では、次のようになります。

- **VM だけのハイブリッドが最も安く**、月 ${f.yen('hybrid-vm')} 円です。次はすべて社内に置く構成で、${f.lead} 円高くなります。最安なのは、学習が (回数は同じで 1 回が長くなるとき) 月 ${f.change('training', ['hybrid-vm', 'all-onprem'])} 時間まで、学習データが (100 Mbit/s で) ${f.change('data', ['hybrid-vm', 'all-onprem'])} GB まで、回線が (50 GB で) ${f.change('link', ['hybrid-vm', 'all-onprem'])} Mbit/s 以上のときです。為替 (1 ドル 80 ～ 200 円) だけでは変わりません。開発者が多いと回線の順番待ちが効き、${f.linkTurn} 人以上ではすべてクラウドの方が安くなります (データをクラウドにも置く \`dataCache: cloud\` なら最安のままです)。
- **論文の形である AKS のハイブリッドは、この事業所では一か所に置くどちらの構成よりも高くなります。** 2023 年の規則で ${f.yen('hybrid-aks-2023')} 円、今の規則で ${f.yen('hybrid-aks')} 円に対し、すべて社内なら ${f.yen('all-onprem')} 円、すべてクラウドなら ${f.yen('all-cloud')} 円です。常に動いているノードの費用が、クラウドで節約できる額を上回ります。

${f.costTable}

**ご注意。** 作業量と多くの価格は私たちが置いたもので、論文の値ではありません (論文の値の表は手元にありません)。概算の価格もあり (\`seto cost estimate FILE\` が示します)、実際の価格は契約で変わります。この版のノードは模擬で、Azure 上で測った数値はありません。開発者のマシンと GPU ワークステーションは \`all-onprem\` でだけ購入します。コード・保存・運用のためのマシンは、論文の前提どおり既にあるものとします。閉じた式ではジョブが互いに待ちません。模擬した月との差は docs/estimates.md にあります。人の作業時間は含まず、どの構成でも手間は同じとみなしています。

## ハイブリッドが一か所より安くならないところ

各列は、その構成が \`all-cloud\` と \`all-onprem\` の両方より安い範囲です。他の入力はシナリオのとおりです。

${f.singlePlaceTable}

- **常に動いているノード。** AKS にはシステムプールが要ります。2023 年には 2 vCPU のノード 1 台で足りましたが、今は 4 vCPU を 2 台求められ、ロードバランサーとアドレスも加わります。誰も学習しなくてもかかる費用です。2023 年の規則で、すべて社内の構成より安いのは、1 ドル ${f.change('exchange', ['hybrid-aks-2023', 'all-onprem'])} 円未満か、開発者が ${f.change('developers', ['hybrid-aks-2023', 'all-onprem'])} 人以上のときだけで、どちらでも \`all-cloud\` がさらに安くなります。
- **課金中のノードが回線越しに取るデータ。** 新しいノードは学習データを社内から取ります。50 GB は 100 Mbit/s で毎回 1.1 時間かかります。データが増えるか回線が遅いと、この時間が作業そのものを超え、一か所の構成に負けます。下の図がその境界です。シナリオの \`dataCache: cloud\` は、この時間の代わりにクラウドの保存料を払います。
- **いつも働いている GPU。** 買ったワークステーションの費用は、働いても働かなくても同じです。学習が月 ${f.change('training', ['hybrid-vm', 'all-onprem'])} 時間を超えると、時間で借りるより安くなります。(再学習の回数はそのままで、1 回が長くなる場合です。回数が増える場合は、そのたびにデータを取り直すので、境目はもっと低くなります。)

## 学習時間

![学習時間に対する 5 つの構成の費用](effective-range/training.ja.svg)

${f.breakEvenTable('training')}

## 開発者

![開発者の人数に対する 5 つの構成の費用](effective-range/developers.ja.svg)

${f.breakEvenTable('developers')}

人数は整数なので、もう一方の構成が安くなる最初の人数を損益分岐点としています。

**回線は一本です。** 曲線では各ノードが回線を独占できるものとしています。模擬した月では、ノードは順番にデータを取り込み、待つ間も課金されます。そのため VM だけのハイブリッドは、開発者が **${f.linkTurn} 人** 以上になるとすべてクラウドに置くより高くなります。データをノードのそばにも置けば (\`dataCache: cloud\`)、最も安いままです。\`hybrid-vm\` の月額 (円、模擬した ${f.linkMonths} か月の平均) と、一か所だけの二つの構成:

${f.linkTable}

## 学習データと回線

![学習データと回線速度に対して最も安い構成](effective-range/data-link.ja.svg)

データだけを変えた場合 (100 Mbit/s):

${f.breakEvenTable('data')}

回線だけを変えた場合 (50 GB):

${f.breakEvenTable('link')}

## 為替

![為替に対する 5 つの構成の費用](effective-range/exchange.ja.svg)

${f.breakEvenTable('exchange')}

## 答えを動かすもの

各入力を ±10 % (開発者は ±1 人) 変えた場合と、ありうる範囲で変えた場合です。ありうる範囲は私たちが置いたもので、学習 1/4 ～ 4 倍、VM の単価 1/2 ～ 2 倍、データ 1/5 ～ 5 倍、開発者 1/3 ～ 3 倍、回線 10 ～ 1,000 Mbit/s、1 ドル 100 ～ 165 円です。費用は \`hybrid-vm\` のもの、差は次に安い構成との差です。費用を最も動かすのは「${f.most}」です。

${f.sensitivityTable}

## 自分のシナリオで調べる

\`\`\`sh
seto cost range scenario.yaml --x trainingHours=0..200 --svg range.svg
seto cost range scenario.yaml --x dataGb=1..1000:log --y linkMbps=10..1000:log --png map.png
seto cost range scenario.yaml --sensitivity --json
\`\`\`

シナリオには \`workload:\` と \`layout:\` が必要です。\`--prices FILE\` と \`prices:\` は \`seto cost estimate FILE\` と同じです。入力は \`trainingHours\` (再学習の回数は変わらず、1 回が長くなります)、\`vmPriceYen\` (学習用マシンの 1 時間あたりの円)、\`dataGb\`、\`linkMbps\` (クラウドへ向かう速度。逆方向は同じ比率で変わります)、\`developers\`、\`yenPerDollar\`、\`budgetYen\` です。\`:log\` を付けると対数で描きます。損益分岐点は正確な値です (折れ目と折れ目の間では費用が a + b·x + c/x となるので、式をそのまま解きます)。入力を 2 つ指定し、一方が \`developers\` のときは、開発者の人数を縦軸に描きます。\`--json\` の項目は[英語のページ](effective-range.md#your-own-scenario)にあります。
`;
}
