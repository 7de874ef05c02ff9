#!/bin/sh
# A PostgreSQL 15 of its own for tests, on a unix socket in a directory that exists and is empty.
#
#   cluster.sh make DIR    Makes the cluster. Prints its URL.
#   cluster.sh run DIR     Runs it in the foreground, until SIGINT or the death of who started it.
#
# As root it runs as the user postgres, because initdb refuses root. Exits 77 where PostgreSQL is
# not installed. Nothing is synced, unless SYNC=1: tests that lose no power need none.
set -eu

command=$1
directory=$2

for bin in /usr/lib/postgresql/15/bin "$(dirname "$(command -v initdb || echo /nowhere/x)")"; do
  [ -x "$bin/initdb" ] && break
  bin=""
done
if [ -z "$bin" ]; then
  echo "PostgreSQL 15 is not installed (make setup-tests installs it)" >&2
  exit 77
fi

as_user=""
if [ "$(id -u)" -eq 0 ]; then
  user=postgres
  id "$user" >/dev/null 2>&1 || user=nobody
  as_user="setpriv --reuid=$user --regid=$(id -g $user) --clear-groups"
  chown "$user" "$directory"
fi
cd "$directory"  # Its own may be closed to that user.

case $command in
  make)
    # shellcheck disable=SC2086  # Split into words on purpose, here and below.
    $as_user "$bin/initdb" --pgdata=data --username=partwise --auth=trust --encoding=UTF8 \
      --locale=C --no-sync >initdb.log 2>&1 || { cat initdb.log >&2; exit 1; }
    {
      echo "listen_addresses = ''"
      echo "unix_socket_directories = '$directory'"
      echo "max_connections = 200"
      echo "log_min_messages = warning"
      [ "${SYNC:-0}" = 1 ] || echo "fsync = off"
    } >>data/postgresql.conf
    echo "postgres://partwise@/postgres?host=$directory"
    ;;
  run)
    # shellcheck disable=SC2086
    exec ${as_user:-setpriv} --pdeathsig=INT "$bin/postgres" -D data >>postgres.log 2>&1
    ;;
  *)
    echo "cluster.sh: unknown command $command" >&2
    exit 2
    ;;
esac
