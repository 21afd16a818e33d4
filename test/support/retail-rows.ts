import type { RetailItem } from '../../src/cost/prices/retail-page.ts';

/**
 * A row in the shape that the Azure Retail Prices API has, with every field it sends. Names of products, skus and meters
 * are those of rows that public repositories keep: the eight of Standard_D8as_v5 among them, of which four carry the same
 * meter name.
 */
export function retailRow(given: Partial<RetailItem> & Pick<RetailItem, 'meterName' | 'retailPrice'>) {
  const { retailPrice } = given;
  return {
    currencyCode: 'USD',
    tierMinimumUnits: 0,
    unitPrice: retailPrice,
    armRegionName: 'japaneast',
    location: 'JP East',
    effectiveStartDate: '2021-11-01T00:00:00Z',
    meterId: `meter of ${given.productName ?? ''}/${given.skuName ?? ''}/${given.meterName}/${given.armRegionName ?? 'japaneast'}`,
    productId: 'DZH318Z08W0T',
    skuId: 'DZH318Z08W0T/00XR',
    productName: 'Virtual Machines Dasv5 Series',
    skuName: given.meterName,
    serviceName: 'Virtual Machines',
    serviceId: 'DZH313Z7MMC8',
    serviceFamily: 'Compute',
    unitOfMeasure: '1 Hour',
    type: 'Consumption',
    isPrimaryMeterRegion: true,
    armSkuName: '',
    ...given,
  };
}

/** Every row that the API has of one size: Linux, Windows and Cloud Services, each with its Spot and Low Priority. */
export function vmRows(size: string, linux: number, windows: number, region = 'japaneast') {
  const armSkuName = `Standard_${size}`;
  const name = size.replaceAll('_', ' ');
  const series = `${size.replace(/^([A-Z]+)\d+(\w*)_v(\d)$/, '$1$2v$3')} Series`;
  const row = (productName: string, meterName: string, retailPrice: number) =>
    retailRow({ productName, meterName, retailPrice, armSkuName, skuName: meterName, armRegionName: region });
  const linuxProduct = `Virtual Machines ${series}`;
  return [
    row(`${series} Cloud Services`, name, windows),
    row(`${series} Cloud Services`, `${name} Low Priority`, windows * 0.4),
    row(linuxProduct, `${name} Low Priority`, linux * 0.2),
    row(linuxProduct, `${name} Spot`, linux * 0.21),
    row(linuxProduct, name, linux),
    row(`${linuxProduct} Windows`, name, windows),
    row(`${linuxProduct} Windows`, `${name} Low Priority`, windows * 0.4),
    row(`${linuxProduct} Windows`, `${name} Spot`, windows * 0.21),
    {
      ...row(linuxProduct, name, linux * 24 * 365 * 0.6),
      type: 'Reservation',
      reservationTerm: '1 Year',
    },
    { ...row(`${linuxProduct} Windows`, name, linux), type: 'DevTestConsumption' },
  ];
}

const meterRow = (
  [serviceName, productName, skuName, meterName]: readonly [string, string, string, string],
  unitOfMeasure: string,
  retailPrice: number,
  given: Partial<RetailItem> = {},
) => retailRow({ serviceName, productName, skuName, meterName, unitOfMeasure, retailPrice, ...given });

/** Load balancer and NAT, as the API lists them under Global and again under carriers’ zones and government clouds. */
export function globalRows() {
  const lb = ['Load Balancer', 'Load Balancer', 'Standard'] as const;
  const nat = ['NAT Gateway', 'NAT Gateway', 'Standard'] as const;
  return ['Global', 'attdetroit1', 'US Gov'].flatMap((armRegionName) => [
    meterRow([...lb, 'Standard Included LB Rules and Outbound Rules'], '1 Hour', 0.025, { armRegionName }),
    meterRow([...lb, 'Standard Overage LB Rules and Outbound Rules'], '1/Hour', 0.01, { armRegionName }),
    meterRow([...lb, 'Standard Data Processed'], '1 GB', 0.005, { armRegionName }),
    meterRow([...lb, 'Standard Data Processed - Free'], '1 GB', 0, { armRegionName }),
    meterRow([...nat, 'Standard Gateway'], '1 Hour', 0.045, { armRegionName }),
    meterRow([...nat, 'Standard Data Processed'], '1 GB', 0.045, { armRegionName }),
  ]);
}

/** What a region has beside its machines, with the neighbours that a loose rule would take. */
export function regionRows(region = 'japaneast') {
  const here = { armRegionName: region };
  const disks = (
    [
      ['Premium SSD Managed Disks', 'P4', 6.07],
      ['Premium SSD Managed Disks', 'P6', 11.74],
      ['Premium SSD Managed Disks', 'P10', 22.67],
      ['Standard SSD Managed Disks', 'E4', 2.4],
      ['Standard HDD Managed Disks', 'S4', 1.54],
    ] as const
  ).flatMap(([product, name, price]) => [
    meterRow(['Storage', product, `${name} LRS`, `${name} LRS Disk`], '1/Month', price, here),
    meterRow(['Storage', product, `${name} LRS`, `${name} LRS Disk Mount`], '1/Month', price / 20, here),
    meterRow(['Storage', product, `${name} ZRS`, `${name} ZRS Disk`], '1/Month', price * 1.5, here),
  ]);
  const egress = [0, 100, 10_335, 51_295, 153_695].map((tierMinimumUnits, index) =>
    meterRow(
      ['Bandwidth', 'Rtn Preference: MGN', 'Standard', 'Standard Data Transfer Out'],
      '1 GB',
      [0, 0.12, 0.085, 0.082, 0.08][index] ?? 0,
      { ...here, tierMinimumUnits, isPrimaryMeterRegion: false } as Partial<RetailItem>,
    ),
  );
  const blob = [0, 51_200, 512_000].map((tierMinimumUnits, index) =>
    meterRow(
      ['Storage', 'General Block Blob v2', 'Hot LRS', 'Hot LRS Data Stored'],
      '1 GB/Month',
      [0.02, 0.0192, 0.0184][index] ?? 0,
      { ...here, tierMinimumUnits },
    ),
  );
  return [
    meterRow(
      ['Virtual Network', 'IP Addresses', 'Standard', 'Standard IPv4 Static Public IP'],
      '1 Hour',
      0.005,
      here,
    ),
    meterRow(
      ['Virtual Network', 'IP Addresses', 'Basic', 'Basic IPv4 Static Public IP'],
      '1 Hour',
      0.0036,
      here,
    ),
    meterRow(
      ['Azure Kubernetes Service', 'Azure Kubernetes Service', 'Standard', 'Standard Uptime SLA'],
      '1 Hour',
      0.1,
      here,
    ),
    meterRow(
      ['Azure Kubernetes Service', 'Azure Kubernetes Service', 'Standard', 'Standard Long Term Support'],
      '1 Hour',
      0.6,
      here,
    ),
    meterRow(['Storage', 'Files v2', 'Hot LRS', 'Hot LRS Data Stored'], '1 GB/Month', 0.0287, here),
    ...disks,
    ...egress,
    ...blob,
  ];
}
