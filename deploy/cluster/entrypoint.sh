#!/bin/sh
# head [OPTION...]     start the head of a cluster
# worker [OPTION...]   join the cluster whose head is at RAY_HEAD (host:6379)
# COMMAND [WORD...]    run it, as in: fittingroom batch ... --ray auto
# OPTIONs are those of `ray start`. STORE_BYTES is the size of Ray's store, which must fit into /dev/shm.
set -eu
store=${STORE_BYTES:-268435456} # photos do not go through it
case "${1:-}" in
head)
    shift
    exec ray start --head --block --disable-usage-stats --port=6379 --object-store-memory="$store" "$@"
    ;;
worker)
    shift
    exec ray start --block --disable-usage-stats --address="${RAY_HEAD:?RAY_HEAD is not set: give host:6379 of the head}" \
        --object-store-memory="$store" "$@"
    ;;
*)
    exec "$@"
    ;;
esac
