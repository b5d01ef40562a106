// Loaded into the services (`node --import`): names under example.com are this machine, as DNS would say where NGINX is reached.
import dns from 'node:dns';

const { lookup } = dns;

dns.lookup = (host, ...rest) => {
  if (!/(^|\.)example\.com$/.test(host)) return lookup(host, ...rest);
  return lookup('127.0.0.1', ...rest);
};
