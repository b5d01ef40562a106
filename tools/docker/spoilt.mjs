/** Each rule about Compose files, broken once: what is changed, and what must be said. */
export const SPOILT = {
  'an image has no version': {
    change: ({ redis }) => (redis.image = 'redis:latest'),
    fault: /redis: image .* no exact version/,
  },
  'an image of ours is of another version': {
    change: (all) => (all['auth-1'].image = 'gatehouse/auth:0.0.9'),
    fault: /auth-1: .* not of version/,
  },
  'a service has no bound of memory': {
    change: ({ mysql }) => delete mysql.deploy.resources.limits.memory,
    fault: /mysql: has no limit of memory/,
  },
  'a service may write where it likes': { change: ({ nginx }) => (nginx.read_only = false), fault: /nginx: can write/ },
  'a service keeps capabilities': {
    change: ({ grafana }) => delete grafana.cap_drop,
    fault: /grafana: has capabilities/,
  },
  'a service may gain privileges': {
    change: (all) => (all['orders-1'].security_opt = []),
    fault: /orders-1: can gain/,
  },
  'a service is root': { change: ({ redis }) => delete redis.user, fault: /redis: runs as root/ },
  'a service has Docker in its hands': {
    change: ({ prometheus }) => prometheus.volumes.push('/var/run/docker.sock:/x:ro'),
    fault: /may steer Docker/,
  },
  'Redis is published': { change: ({ redis }) => (redis.ports = ['6379:6379']), fault: /redis: publishes 6379/ },
  'Grafana is published to the world': {
    change: ({ grafana }) => (grafana.ports = ['3000:3000']),
    fault: /grafana: publishes/,
  },
  'a password is in the environment': {
    change: (all) => (all['auth-1'].environment.DB_PASSWORD = 'x'),
    fault: /auth-1: DB_PASSWORD holds a secret/,
  },
  'a secret is in an address': {
    change: (all) => (all['auth-1'].environment.REDIS_URL = 'redis://a:b@redis:6379'),
    fault: /REDIS_URL holds a secret/,
  },
  'a secret is named and not given': {
    change: (all) => (all['auth-2'].secrets = []),
    fault: /auth-2: .* which is not given/,
  },
  'a secret is given that nobody makes': {
    change: ({ grafana }) => grafana.secrets.push('of-nobody'),
    fault: /nobody makes the secret of-nobody/,
  },
  'a secret is used by nobody': {
    change: (_, model) => (model.secrets.old = { file: './.secrets/old' }),
    fault: /secret old is used by nobody/,
  },
  'a file that is mounted is not there': {
    change: ({ nginx }) => nginx.volumes.push('./nginx/gone.conf:/x:ro'),
    fault: /gone.conf is not there/,
  },
  'a mounted file can be written': {
    change: ({ redis }) => (redis.volumes[0] = './redis/redis.conf:/etc/redis/redis.conf'),
    fault: /redis.conf can be written/,
  },
  'a setting does not exist': {
    change: (all) => (all['orders-2'].environment.REDIS_PASSWROD_FILE = '/x'),
    fault: /orders-2: REDIS_PASSWROD_FILE is no setting/,
  },
  'what the file of the gateway needs is not set': {
    change: (all) => delete all['gateway-1'].environment.AUTH_ISSUER,
    fault: /gateway-1: its file needs AUTH_ISSUER/,
  },
  'what the file of the gateway reads is not given': {
    change: (all) => (all['gateway-1'].secrets = ['redis-gateway-password']),
    fault: /gateway-1: its file names the secret/,
  },
  'a service waits for somebody who is not there': {
    change: ({ nginx }) => (nginx.depends_on['auth-3'] = { condition: 'service_healthy' }),
    fault: /waits for auth-3/,
  },
  'a service waits for a health that nobody checks': {
    change: ({ mysql }) => delete mysql.healthcheck,
    fault: /waits for the health of mysql/,
  },
  'an upstream of NGINX is not there': {
    change: (all) => delete all['orders-2'],
    fault: /nginx: names the host orders-2/,
  },
  'a target of Prometheus is not there': {
    change: (all) => delete all['redis-exporter'],
    fault: /prometheus: names the host redis-exporter/,
  },
  'a service does not reach its database': {
    change: (all) => (all['auth-1'].networks = { services: {} }),
    fault: /auth-1: shares no network with mysql/,
  },
  'NGINX does not reach a service': {
    change: (all) => (all['gateway-2'].networks = ['data']),
    fault: /nginx: shares no network with gateway-2/,
  },
  'two have one address': {
    change: (all) => (all['auth-2'].networks = all['auth-1'].networks),
    fault: /two services have one address/,
  },
  'a network of stores leads out': {
    change: (_, model) => delete model.networks.data.internal,
    fault: /the network data leads out/,
  },
  'a service stays away when it has ended': {
    change: ({ redis }) => (redis.restart = 'no'),
    fault: /redis: stays away/,
  },
  'an end is cut short': {
    change: (all) => (all['orders-1'].stop_grace_period = '10s'),
    fault: /orders-1: is given 10s for its end and may need 20 s/,
  },
  'streams of a gateway are cut off': {
    change: (all) => (all['gateway-1'].stop_grace_period = '20s'),
    fault: /gateway-1: is given 20s for its end and may need 30 s/,
  },
  'MySQL acknowledges what it may lose': {
    change: ({ mysql }) => (mysql.command = mysql.command.map((one) => one.replace('commit=1', 'commit=2'))),
    fault: /mysql: is not told --innodb-flush-log-at-trx-commit=1/,
  },
  'MySQL keeps no changes since the last dump': {
    change: ({ mysql }) => (mysql.command = mysql.command.filter((one) => !one.startsWith('--log-bin'))),
    fault: /mysql: is not told --log-bin/,
  },
  'a service has the password of another account': {
    change: (all) => {
      all['orders-1'].environment.REDIS_PASSWORD_FILE = '/run/secrets/redis-auth-password';
      all['orders-1'].secrets = ['redis-auth-password', 'orders-database-url'];
    },
    fault: /orders-1: is gatehouse-orders at redis, with another password/,
  },
  'a service has a secret for which it has no use': {
    change: (all) => all['gateway-2'].secrets.push('root-signing-key'),
    fault: /gateway-2: is given the secret root-signing-key/,
  },
};
