import { DatabaseUnavailable } from '@gatehouse/failures';
import { startMysql } from '@gatehouse/testing';
import { databases, opener } from '../../../test/databases.js';
import { aNewDevice, describeDeviceRegistry } from '../../../test/device-registry.conformance.js';
import { MemoryDeviceRegistry } from './memory-device-registry.js';
import { SqlDeviceRegistry } from './sql-device-registry.js';

describeDeviceRegistry('memory', async () => new MemoryDeviceRegistry());

describe.each(databases)('%s', (name, fresh) => {
  describeDeviceRegistry(name, async () => new SqlDeviceRegistry((await (await fresh())()).dataSource));
});

it('a database that is away is named', async () => {
  const mysql = await startMysql();
  const database = await (await opener((await mysql.createDatabase()).url))();
  const devices = new SqlDeviceRegistry(database.dataSource);
  await mysql.kill();
  await expect(devices.add(aNewDevice(), 5)).rejects.toBeInstanceOf(DatabaseUnavailable);
  await expect(devices.findByToken('x')).rejects.toBeInstanceOf(DatabaseUnavailable);
  await database.close();
}, 60_000);
