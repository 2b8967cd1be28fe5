#!/usr/bin/env bash
# The tests on each QGIS of the matrix, in a small Debian of its own. Started by ./run matrix, as root.
#
# A root stays under .cache/matrix between runs; ./run test sets it up from nothing the first time, so that
# the matrix also shows that the set-up works on a bare system. Mounts live in a mount namespace that ends
# with the command.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
ROOTS=$ROOT/.cache/matrix
DATA=${HYPERLOCALNEED_DATA:-$ROOT/data}
# Empty: debootstrap's own choice.
MIRROR=${HYPERLOCALNEED_MIRROR:-}
# What is tested, in this order: the Debian release whose QGIS it takes (3.22, 3.40, 3.44), and a setting of its own.
NAMES=(3.22 3.40 3.44 newest without-shapely without-matplotlib without-pandas)
declare -A SUITES=(
    [3.22]=bookworm [3.40]=trixie [3.44]=forky [newest]=forky
    [without-shapely]=trixie [without-matplotlib]=forky [without-pandas]=bookworm
)
declare -A SETTINGS=(
    [newest]=HYPERLOCALNEED_NEWEST=1
    [without-shapely]=HYPERLOCALNEED_WITHOUT=shapely
    [without-matplotlib]=HYPERLOCALNEED_WITHOUT=matplotlib
    [without-pandas]=HYPERLOCALNEED_WITHOUT=pandas
)
TESTS=()

die() {
    printf '%s\n' "$*" >&2
    exit 2
}

make_root() {
    local suite=$1 folder=$2 script=()
    [[ -e $folder/.complete ]] && return
    # debootstrap may not know the newest release by name; sid's recipe fits it.
    [[ -e /usr/share/debootstrap/scripts/$suite ]] || script=(sid)
    echo "Making a root of Debian's $suite" >&2
    mkdir -p "$folder"
    local log=$ROOTS/$suite-debootstrap.log
    if ! debootstrap --variant=minbase "$suite" "$folder" "$MIRROR" "${script[@]}" \
        >"$log" 2>&1; then
        cat "$log" >&2
        printf 'debootstrap failed; the log above is %s.\n' "$log" >&2
        exit 1
    fi
    touch "$folder/.complete"
}

# The working tree as git sees it, new files included, over the last run's copy; .venv and .cache stay.
copy_repository() {
    local target=$1
    mkdir -p "$target"
    find "$target" -mindepth 1 -maxdepth 1 ! -name .venv ! -name .cache -exec rm -rf {} +
    git -c safe.directory='*' -C "$ROOT" ls-files -z --cached --others --exclude-standard |
        (cd "$ROOT" && tar --create --null --ignore-failed-read --files-from=- 2>/dev/null) |
        tar --extract --no-same-owner --directory="$target"
    git -C "$target" init --quiet
    git -C "$target" add --all
}

# Runs in a mount namespace of its own.
run_inside() {
    local folder=$1 target=$2 setting=$3
    shift 3
    mount --rbind /dev "$folder/dev"
    mount -t proc proc "$folder/proc"
    mount -t tmpfs tmpfs "$folder/tmp"
    cp -L /etc/resolv.conf "$folder/etc/resolv.conf"
    local surroundings=(HOME=/root LANG=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin)
    [[ -z $setting ]] || surroundings+=("$setting")
    # Networks with an authority of their own: pip has to trust it as the host does.
    if [[ -e /etc/ssl/certs/ca-certificates.crt ]]; then
        mkdir -p "$folder/usr/local/share"
        cp -L /etc/ssl/certs/ca-certificates.crt "$folder/usr/local/share/host-certificates.pem"
        surroundings+=(PIP_CERT=/usr/local/share/host-certificates.pem)
    fi
    if [[ -d $DATA ]]; then
        mkdir -p "$folder/srv/data"
        mount --bind -o ro "$DATA" "$folder/srv/data"
        surroundings+=(HYPERLOCALNEED_DATA=/srv/data)
    fi
    # A real PostGIS for the tests that ask for one; they say so where it is absent.
    [[ -e $folder/usr/share/doc/postgresql-postgis ]] ||
        chroot "$folder" /usr/bin/env -i "${surroundings[@]}" DEBIAN_FRONTEND=noninteractive /bin/sh -c \
            'apt-get -q update; apt-get -q install -y --no-install-recommends postgresql postgresql-postgis' \
            >"$folder.postgis.log" 2>&1 || echo "PostGIS cannot be installed; see $folder.postgis.log" >&2
    chroot "$folder" /usr/bin/env -i "${surroundings[@]}" /bin/bash "$target/run" test "$@"
}

# One name of the matrix: its root, a copy of the repository in it, the tests (all, or those given behind it).
run_one() {
    local suite=${SUITES[$1]} setting=${SETTINGS[$1]:-} target=/srv/hyperlocal_need
    # Newer packages in a virtual environment of their own.
    [[ $1 != newest ]] || target=/srv/newest/hyperlocal_need
    shift
    local folder=$ROOTS/$suite
    make_root "$suite" "$folder"
    copy_repository "$folder$target"
    unshare --mount --propagation private bash "${BASH_SOURCE[0]}" --inside "$folder" "$target" "$setting" "$@"
}

run_matrix() {
    local name failed=()
    for name in "$@"; do
        echo "== $name (Debian's ${SUITES[$name]})"
        bash "${BASH_SOURCE[0]}" --one "$name" "${TESTS[@]}" || failed+=("$name")
    done
    if [[ ${#failed[@]} -gt 0 ]]; then
        echo "Failed: ${failed[*]}"
        return 1
    fi
    echo "Passed: $*"
}

main() {
    case ${1:-} in
        --one) run_one "${@:2}" ;;
        --inside) run_inside "${@:2}" ;;
        *)
            local names=()
            while [[ $# -gt 0 && $1 != -- ]]; do
                [[ -n ${SUITES[$1]:-} ]] || die "$1: not in the matrix; there are ${NAMES[*]}."
                names+=("$1")
                shift
            done
            # What stands behind -- is for pytest: ./run matrix 3.44 -- tests/qgis/test_steps.py
            TESTS=("${@:2}")
            mkdir -p "$ROOTS"
            run_matrix "${names[@]:-${NAMES[@]}}"
            ;;
    esac
}

main "$@"
