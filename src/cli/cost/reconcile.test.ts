import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseDecimal } from '../../cost/invoice/decimal.ts';
import { createReconciler, type LedgerSide, type Reconciliation } from '../../cost/invoice/reconcile.ts';
import { SetoError } from '../../shared/errors.ts';
import { printReconciliation } from './print-reconciliation.ts';
import { readInvoice } from './read-invoice.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'seto-invoice-'));
afterAll(() => rmSync(folder, { recursive: true }));

const at = (text: string) => Date.parse(text);
const ledger: LedgerSide = {
  installationId: 'seto-one',
  nodes: [
    {
      nodeId: 'node-a',
      price: 32.1e9,
      from: at('2026-11-02T23:00:00Z'),
      to: at('2026-11-03T01:30:00Z'),
    },
    { nodeId: 'node-b', price: 32.1e9, from: at('2026-11-03T10:00:00Z'), to: at('2026-11-03T11:00:00Z') },
    { nodeId: 'node-late', price: 32.1e9, from: at('2026-11-09T10:00:00Z'), to: at('2026-11-09T11:00:00Z') },
  ],
  fixed: [
    { name: 'ips', formula: '(3)', count: 2, price: 0.75e9, from: at('2026-11-01'), to: at('2026-12-01') },
  ],
};

const vm = (date: string, resource: string, quantity: string, cost: string, tags = '') =>
  `${date},Virtual Machines,F4s v2,1 Hour,${quantity},${cost},JPY,/subscriptions/s1/resourceGroups/g/providers/x/${resource},"${tags}",s1`;
const tag = (node: string, installation = 'seto-one') =>
  `{""seto-node"":""${node}"",""seto-installation"":""${installation}""}`;
const mca = (...rows: string[]) =>
  `\uFEFF${[
    'date,meterCategory,meterName,unitOfMeasure,quantity,costInBillingCurrency,billingCurrency,ResourceId,tags,SubscriptionId',
    ...rows,
  ].join('\r\n')}\r\n`;

let files = 0;
async function reconcile(text: string, rate = '1', side: LedgerSide = ledger): Promise<Reconciliation> {
  const reconciler = createReconciler(side, parseDecimal(rate) ?? 0n);
  for await (const line of readInvoice(file(text))) reconciler.add(line);
  return reconciler.result();
}
function file(text: string): string {
  files += 1;
  const name = path.join(folder, `${files}.csv`);
  writeFileSync(name, text);
  return name;
}

const addresses = (date: string, quantity = '48', cost = '36') =>
  `${date},Virtual Network,Standard IPv4 Static Public IP,1 Hour,${quantity},${cost},JPY,/x/pip,"{""seto-installation"":""seto-one""}",s1`;
const whole = [
  vm('2026-11-02', 'node-a', '1', '32.1', tag('node-a')),
  vm('11/03/2026', 'NODE-A', '1.5', '48.15'),
  vm('2026-11-03', 'machine-7', '1', '3.21E+1', tag('node-b')),
  addresses('2026-11-02'),
  addresses('2026-11-03'),
];

describe('the invoice against the ledger', () => {
  it('agrees by tag or by name, over days, in both forms of dates, and counts no node after the file’s days', async () => {
    expect(await reconcile(mca(...whole))).toMatchObject({
      firstDay: '2026-11-02',
      lastDay: '2026-11-03',
      rows: 5,
      agreed: 3,
      agreedYen: 184.35,
      findings: [],
      others: [],
    });
  });

  it('names what is on one side only, other hours and other prices, with amounts', async () => {
    const result = await reconcile(
      mca(
        vm('2026-11-02', 'node-a', '1', '32.1'),
        vm('2026-11-03', 'node-a', '2', '64.2'),
        vm('2026-11-03', 'node-c', '3', '96.3', tag('node-c')),
        `2026-11-03,Storage,P6 LRS Disk,1/Month,0.03,50.5,JPY,/x/node-a_OsDisk,,s1`,
        addresses('2026-11-02', '48', '48'),
        addresses('2026-11-03', '48', '48'),
      ),
    );
    expect(
      Object.fromEntries(result.findings.map((each) => [`${each.kind} ${each.what}`, each.differenceYen])),
    ).toEqual({
      'not_in_ledger node-c': 96.3,
      'not_in_ledger Storage / P6 LRS Disk': 50.5,
      'not_on_invoice node-b': -32.1,
      'quantity node-a': expect.closeTo(16.05, 9),
      'price staticIp': 24,
    });
    expect(result.agreed).toBe(0);
  });

  it('leaves rows alone that neither count nor cost anything', async () => {
    const free = `2026-11-03,Bandwidth,Standard Data Transfer In,1 GB,50,0,JPY,/x/node-a,"${tag('node-a')}",s1`;
    const idle = vm('2026-11-03', 'node-c', '0', '0', tag('node-c'));
    expect(await reconcile(mca(...whole, free, idle))).toMatchObject({ agreed: 3, findings: [] });
  });

  it('tells other installations and untagged rows apart and calls neither ours', async () => {
    const { findings, others } = await reconcile(
      mca(
        ...whole,
        vm('2026-11-03', 'node-z', '9', '300', tag('node-z', 'seto-two')),
        vm('2026-11-03', 'web-server', '24', '700'),
        '2026-11-03,Load Balancer,Standard Included LB Rules and Outbound Rules,1 Hour,24,90,JPY,/x/lb,,s2',
      ),
    );
    expect(findings).toEqual([]);
    expect(others).toEqual([
      { kind: 'installation', name: 'seto-two', rows: 1, yen: 300 },
      { kind: 'untagged', name: 's1', rows: 1, yen: 700 },
      { kind: 'untagged', name: 's2', rows: 1, yen: 90 },
    ]);
  });

  it('reads the columns of older and EA files, tags without braces, and dollars', async () => {
    const text = [
      'SubscriptionGuid,Usage Date,Meter Category,Meter Name,Unit,Consumed Quantity,PreTaxCost,Currency,InstanceId,Tags',
      's1,11/03/2026,Virtual Machines,"F4s v2, ""spot""",1 Hour,1,0.214,USD,x,"""seto-node"": ""node-b"",""seto-installation"": ""seto-one"""',
    ].join('\n');
    const side = { ...ledger, nodes: ledger.nodes.slice(1, 2), fixed: [] };
    expect(await reconcile(text, '150', side)).toMatchObject({ agreed: 1, findings: [] });
  });

  it('passes a minute a day of the provider’s rounding and no more', async () => {
    const side = { ...ledger, nodes: ledger.nodes.slice(1, 2), fixed: [] };
    const of = async (minutes: number) => {
      const hours = 1 + minutes / 60;
      return reconcile(
        mca(vm('2026-11-03', 'node-b', hours.toFixed(12), (hours * 32.1).toFixed(9))),
        '1',
        side,
      );
    };
    expect((await of(0.99)).findings).toEqual([]);
    expect((await of(-0.99)).findings).toEqual([]);
    expect((await of(1.01)).findings.map(({ kind }) => kind)).toEqual(['quantity']);
  });

  it('tells bad cells with line and column, all at once, and what is no such file', async () => {
    const told = async (text: string) => {
      const error = await reconcile(text).catch((thrown: unknown) => thrown);
      if (!(error instanceof SetoError)) throw error;
      return `${error.code} ${error.message}`;
    };
    const bad = await told(
      mca(
        vm('2026-13-01', 'a', '1', '1'),
        vm('2026-11-03', 'a', 'one', '1'),
        vm('2026-11-03', 'a', '1', '1', '{oops'),
        vm('2026-11-03', 'a', '1', '1').replace('F4s v2', '"F4s" v2'),
      ),
    );
    expect(bad).toMatch(/line 2, column date: 2026-13-01/);
    expect(bad).toMatch(/line 3, column quantity: one/);
    expect(bad).toMatch(/line 4, column tags/);
    const huge = ['1e999', '-1e16', '1000000000000000.1', 'Infinity'];
    expect(
      (await told(mca(...huge.map((cost) => vm('2026-11-03', 'a', '1', cost))))).split('\n').slice(1),
    ).toEqual(
      huge.map(
        (cost, index) =>
          `  line ${index + 2}, column costInBillingCurrency: ${cost} (expected a number from -10^15 to 10^15, at most 30 decimals)`,
      ),
    );
    expect(bad).toMatch(/line 5: a quotation mark/);
    const marks = (text: string) => text.match(/line \d+: a quotation mark/g);
    // Wrong again wherever the row has another mark, then up to the file's end: one mistake, one message.
    const stray = vm('2026-11-03', 'a', '1', '1').replace('F4s v2', '"F4"s "v2');
    expect(marks(await told(mca(stray, stray, ...whole)))).toEqual(['line 2: a quotation mark']);
    const alone = vm('2026-11-03', 'a', '1', '1').replace('F4s v2', 'F4" v2');
    expect(marks(await told(mca(alone, alone)))).toHaveLength(2);
    expect(await told('a,b\n1,2\n')).toMatch(/cost\.invoice_columns .*no column date, quantity/);
    expect(await told(mca(...whole, '2026-11-03,"x', ...whole))).toMatch(
      /cost\.invoice_rows .*\n.*line 7: a quotation mark/,
    );
  });

  it('prints a stranger’s names without what a terminal would obey', async () => {
    const clear = '\u001b[2J\u009b\n!';
    const ours = `"${tag(`x${JSON.stringify(clear).slice(1, -1)}`)}"`;
    const result = await reconcile(
      mca(
        `2026-11-03,Storage,"disk${clear}",1/Month,1,5,JPY,/x/y,${ours},s1`,
        `2026-11-03,Virtual Machines,F4s,1 Hour,1,5,JPY,/x/y,${ours},s1`,
        `2026-11-03,Storage,disk,1/Month,1,5,JPY,/x/y,,"sub${clear}"`,
        vm('2026-11-03', 'z', '1', '5', tag('z', `other${JSON.stringify(clear).slice(1, -1)}`)),
      ),
    );
    for (const lang of ['en', 'ja'] as const) {
      const lines: string[] = [];
      printReconciliation({ lang, print: (line) => void lines.push(line) }, result);
      for (const name of ['Storage / disk', 'x', 'sub', 'other'])
        expect(lines.join('\n')).toContain(`${name}\\x1b[2J\\x9b\\x0a!`);
      expect(lines.join('')).not.toMatch(/\p{Cc}/u);
    }
  });

  it('adds decimals exactly', () => {
    const tenth = parseDecimal('0.1') ?? 0n;
    expect(tenth * 3n).toBe(parseDecimal('0.3'));
    expect(parseDecimal('6.5E-05')).toBe(parseDecimal('0.000065'));
    expect(parseDecimal('-1.')).toBe(parseDecimal('-1'));
    expect(parseDecimal('-1e15')).toBe(-(10n ** 45n));
    for (const wrong of ['1e999', '', '.', '1,5', 'NaN', '0x10', `1e-${31}`])
      expect(parseDecimal(wrong)).toBe(null);
  });
});
