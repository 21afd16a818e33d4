import type { MeterId } from './meters.ts';
import type { MeterRule } from './pick-meter.ts';

const disk = (productName: string, name: string): MeterRule => ({
  serviceName: 'Storage',
  productName,
  skuName: `${name} LRS`,
  // Not “P10 LRS Disk Mount”, which is for a disk that several machines share.
  meterName: `${name} LRS Disk`,
  unit: 'month',
  region: 'own',
});

const premium = 'Premium SSD Managed Disks';

/** The rules of the Azure Retail Prices API by which a refresh picks meters. AKS’s Free tier has no meter. */
export const meterRules: Readonly<Record<Exclude<MeterId, 'aksFreeHour'>, MeterRule>> = {
  loadBalancerHour: {
    serviceName: 'Load Balancer',
    productName: 'Load Balancer',
    skuName: 'Standard',
    meterName: 'Standard Included LB Rules and Outbound Rules',
    unit: 'hour',
    region: 'Global',
  },
  loadBalancerGb: {
    serviceName: 'Load Balancer',
    productName: 'Load Balancer',
    skuName: 'Standard',
    meterName: 'Standard Data Processed',
    unit: 'GB',
    region: 'Global',
  },
  staticIpHour: {
    serviceName: 'Virtual Network',
    productName: 'IP Addresses',
    skuName: 'Standard',
    meterName: 'Standard IPv4 Static Public IP',
    unit: 'hour',
    region: 'own',
  },
  diskP4: disk(premium, 'P4'),
  diskP6: disk(premium, 'P6'),
  diskP10: disk(premium, 'P10'),
  diskE4: disk('Standard SSD Managed Disks', 'E4'),
  diskS4: disk('Standard HDD Managed Disks', 'S4'),
  egressGb: {
    serviceName: 'Bandwidth',
    productName: 'Rtn Preference: MGN',
    skuName: 'Standard',
    meterName: 'Standard Data Transfer Out',
    unit: 'GB',
    region: 'own',
  },
  natHour: {
    serviceName: 'NAT Gateway',
    productName: 'NAT Gateway',
    skuName: 'Standard',
    meterName: 'Standard Gateway',
    unit: 'hour',
    region: 'Global',
  },
  natGb: {
    serviceName: 'NAT Gateway',
    productName: 'NAT Gateway',
    skuName: 'Standard',
    meterName: 'Standard Data Processed',
    unit: 'GB',
    region: 'Global',
  },
  aksStandardHour: {
    serviceName: 'Azure Kubernetes Service',
    productName: 'Azure Kubernetes Service',
    skuName: 'Standard',
    meterName: 'Standard Uptime SLA',
    unit: 'hour',
    region: 'own',
  },
  blobHotGb: {
    serviceName: 'Storage',
    productName: 'General Block Blob v2',
    skuName: 'Hot LRS',
    meterName: 'Hot LRS Data Stored',
    unit: 'GB-month',
    region: 'own',
  },
};
