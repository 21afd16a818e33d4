import { isPaidNow, type RetailItem, tellItem } from './retail-page.ts';

export interface PickedVms {
  /** Size → USD an hour. */
  vms: Record<string, number>;
  /** Sizes that more than one row fits, or whose row is free: the figures. */
  unreliable: Record<string, number[]>;
  /** Of each of those, the rows. */
  candidates: ReadonlyMap<string, readonly string[]>;
}

/**
 * Whether a row is the Linux price of a machine, pay as you go. What is not says so in its product, its sku or its meter;
 * Cloud Services is Windows without saying so.
 */
function isLinuxVm(row: RetailItem, region: string, at: number): boolean {
  const { productName, skuName, meterName } = row;
  return (
    row.serviceName === 'Virtual Machines' &&
    row.armRegionName === region &&
    row.unitOfMeasure === '1 Hour' &&
    /^(?:Standard|Basic)_/.test(row.armSkuName) &&
    !/Windows|Cloud ?Services/.test(productName) &&
    !/ Spot$|Low Priority/.test(skuName) &&
    !/ Spot$|Low Priority/.test(meterName) &&
    isPaidNow(row, at)
  );
}

/** The sizes of a region: one row each, else marked unreliable. `at` is the present, milliseconds since 1970. */
export function pickVms(items: readonly RetailItem[], region: string, at: number): PickedVms {
  const rows = Map.groupBy(
    items.filter((row) => isLinuxVm(row, region, at)),
    ({ armSkuName }) => armSkuName,
  );
  const vms: Record<string, number> = {};
  const unreliable: Record<string, number[]> = {};
  const candidates = new Map<string, string[]>();
  for (const [vm, fitting] of [...rows].toSorted(([one], [other]) => (one < other ? -1 : 1))) {
    const [first] = fitting;
    if (fitting.length === 1 && first !== undefined && first.retailPrice > 0) vms[vm] = first.retailPrice;
    else {
      unreliable[vm] = fitting.map(({ retailPrice }) => retailPrice);
      candidates.set(vm, fitting.map(tellItem));
    }
  }
  return { vms, unreliable, candidates };
}
