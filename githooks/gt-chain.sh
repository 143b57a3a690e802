# A git hook of gastown with this beside it goes on with the project's own script: at its own
# path, with the same arguments and standard input, and with its exit status.

# The folder of the project's scripts, into gt_dir: one line in gt/chain, made anew when a
# configuration file has changed since.
gt_find_chain() {
	gt_chain=$gt_gitdir/gt/chain
	if [ ! -f "$gt_chain" ] && [ -f "$gt_common/gt/chain" ]; then
		gt_chain=$gt_common/gt/chain
	fi
	for gt_config in "$gt_common/config" "${GIT_CONFIG_GLOBAL:-${HOME-}/.gitconfig}" \
		"${XDG_CONFIG_HOME:-${HOME-}/.config}/git/config"; do
		if [ -f "$gt_config" ] && [ ! "$gt_chain" -nt "$gt_config" ]; then
			gt_ask_chain
			return
		fi
	done
	[ -r "$gt_chain" ] && IFS= read -r gt_dir <"$gt_chain"
}

# Ask git which folder it would take if ours were not set: the last one set, else the usual one.
gt_ask_chain() {
	gt_dir=$gt_common/hooks
	while IFS= read -r gt_line; do
		gt_scope=${gt_line%%"	"*}
		gt_line=${gt_line#*"	"}
		case $gt_scope:$gt_line in
		command:* | *:*/.gt/githooks/* | *:*/gt/githooks) ;;
		*:?*) gt_dir=$gt_line ;;
		esac
	done <<-GT_SAID
	$(gt_git --git-dir="$gt_gitdir" config --show-scope --type=path --get-all core.hooksPath 2>/dev/null)
	GT_SAID
	printf '%s\n' "$gt_dir" 2>/dev/null >"$gt_chain.$$" &&
		mv -f "$gt_chain.$$" "$gt_chain" </dev/null >/dev/null 2>&1
}

gt_chain() {
	case ${GT_HOOK_RAN-} in
	"$gt_name $$") exit 0 ;; # the chain has led to one of ours
	esac
	gt_dir=''
	gt_find_chain
	[ "$gt_dir" != "$PWD/.git/hooks" ] || gt_dir=.git/hooks # as git itself calls them
	[ -n "$gt_dir" ] && [ -f "$gt_dir/$gt_name" ] && [ -x "$gt_dir/$gt_name" ] || exit 0
	GT_HOOK_RAN="$gt_name $$"
	export GT_HOOK_RAN
	[ -n "${gt_input+read}" ] || exec "$gt_dir/$gt_name" "$@"
	[ -n "$gt_input" ] || exec "$gt_dir/$gt_name" "$@" </dev/null
	exec "$gt_dir/$gt_name" "$@" <<-GT_INPUT
	$gt_input
	GT_INPUT
}
