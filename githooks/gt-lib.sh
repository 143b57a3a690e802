# A git hook of gastown has this beside it: where it is, what the town said, how to tell it.
#
# Sourced by each script from its own folder. Builtins of a POSIX shell only, and one `mv` for each
# event; git is asked only where a message is changed. Nothing here may end the script.

gt_newline='
'

# Where git is at work, without asking git: gt_gitdir, and gt_common of all its worktrees.
gt_place() {
	gt_gitdir=${GIT_DIR:-.git}
	if [ -f "$gt_gitdir" ]; then
		IFS= read -r gt_line <"$gt_gitdir"
		gt_gitdir=${gt_line#gitdir: }
	elif [ -z "${GIT_DIR-}" ] && [ ! -d .git ] && [ -f HEAD ]; then
		gt_gitdir=. # a bare repository
	fi
	case $gt_gitdir in
	/*) ;;
	.) gt_gitdir=$PWD ;;
	*) gt_gitdir=$PWD/${gt_gitdir#./} ;;
	esac
	gt_common=$gt_gitdir
	if [ -f "$gt_gitdir/commondir" ]; then
		IFS= read -r gt_common <"$gt_gitdir/commondir"
		case $gt_common in
		/*) ;;
		*) gt_common=$gt_gitdir/$gt_common ;;
		esac
	fi
}

# What the town said about this place; false: nothing, or it is not to be bothered.
gt_read() {
	gt_hook='' gt_generation='' gt_bead='' gt_role='' gt_target='' gt_rig='' gt_spool=''
	[ "${GT_HOOKS-}" != 0 ] || return 1
	case ${GT_HOOK_RAN-} in
	"$gt_name $$" | "$gt_name $PPID") return 1 ;; # another copy of this script did it already
	esac
	[ ! -e "$gt_gitdir/gt/githooks-off" ] && [ ! -e "$gt_common/gt/githooks-off" ] || return 1
	gt_file=$gt_gitdir/gt/hook
	[ -f "$gt_file" ] || gt_file=$gt_common/gt/hook
	[ -r "$gt_file" ] || return 1
	while IFS= read -r gt_line || [ -n "$gt_line" ]; do
		case $gt_line in
		'hook '*) gt_hook=${gt_line#hook } ;;
		'generation '*) gt_generation=${gt_line#generation } ;;
		'bead '*) gt_bead=${gt_line#bead } ;;
		'role '*) gt_role=${gt_line#role } ;;
		'target '*) gt_target=${gt_line#target } ;;
		'rig '*) gt_rig=${gt_line#rig } ;;
		'spool '*) gt_spool=${gt_line#spool } ;;
		esac
	done <"$gt_file"
}

# Standard input into gt_input, without its last newline. Few lines are read without a fork.
gt_read_input() {
	gt_input='' gt_lines=0
	while IFS= read -r gt_line || [ -n "$gt_line" ]; do
		gt_input=$gt_input$gt_line$gt_newline
		gt_lines=$((gt_lines + 1))
		if [ "$gt_lines" -ge 8 ]; then
			gt_input=$gt_input$(cat)
			break
		fi
	done
	gt_input=${gt_input%"$gt_newline"}
}

# The moved branches among the lines OLD NEW REF of gt_input, into gt_refs; false: none moved.
# A ref of `gt githooks test` among them sends the event to gt_box. A branch of a remote counts as
# well: in a person's clone that is what a push leaves.
gt_collect() {
	gt_refs='' gt_box=new gt_lines=0
	case $gt_input in
	*' refs/heads/'* | *' refs/gt/sentinel/'*) ;;
	*' refs/remotes/'*) return 0 ;;
	*) return 1 ;;
	esac
	while read -r gt_old gt_new gt_ref; do
		case $gt_ref in
		refs/heads/*) ;;
		refs/gt/sentinel/*) gt_box=sentinel ;;
		*) continue ;;
		esac
		gt_refs="${gt_refs}ref $gt_ref $gt_old $gt_new$gt_newline"
		gt_lines=$((gt_lines + 1))
		[ "$gt_lines" -lt 20 ] || break
	done <<-GT_INPUT
	$gt_input
	GT_INPUT
	[ -n "$gt_refs" ]
}

# Whether there is something to tell: in the town's own worktrees branches of remotes are no news.
gt_is_news() {
	[ -n "$gt_refs" ] || [ -z "$gt_hook" ]
}

# Put an event into the spool, under a name that nothing there has.
gt_tell() {
	gt_box=${gt_box:-new}
	[ -n "$gt_spool" ] && [ -d "$gt_spool/tmp" ] && [ -d "$gt_spool/$gt_box" ] || return 0
	gt_text="event $gt_name${gt_newline}gitdir $gt_gitdir$gt_newline"
	[ -z "$gt_hook" ] || gt_text="${gt_text}hook $gt_hook$gt_newline"
	[ -z "$gt_generation" ] || gt_text="${gt_text}generation $gt_generation$gt_newline"
	[ -z "$gt_rig" ] || gt_text="${gt_text}rig $gt_rig$gt_newline"
	gt_tries=0
	set -C
	while [ "$gt_tries" -lt 1000 ]; do
		gt_event=$gt_name.$$.$gt_tries
		gt_tries=$((gt_tries + 1))
		[ ! -e "$gt_spool/$gt_box/$gt_event" ] && [ ! -e "$gt_spool/tmp/$gt_event" ] || continue
		printf '%s' "$gt_text${gt_refs-}" 2>/dev/null >"$gt_spool/tmp/$gt_event" || {
			[ -e "$gt_spool/tmp/$gt_event" ] || break # full, read-only or not ours
			continue
		}
		# The name in tmp/ is ours alone: nobody can come between this test and the rename.
		if [ ! -e "$gt_spool/$gt_box/$gt_event" ]; then
			mv -f "$gt_spool/tmp/$gt_event" "$gt_spool/$gt_box/$gt_event" </dev/null >/dev/null 2>&1
			break
		fi
		rm -f "$gt_spool/tmp/$gt_event" </dev/null >/dev/null 2>&1
	done
	set +C
}

# Run git on its own behalf: not on that of the git that runs us.
gt_git() (
	unset GIT_ALTERNATE_OBJECT_DIRECTORIES GIT_CONFIG GIT_CONFIG_PARAMETERS GIT_CONFIG_COUNT \
		GIT_OBJECT_DIRECTORY GIT_DIR GIT_WORK_TREE GIT_IMPLICIT_WORK_TREE GIT_GRAFT_FILE \
		GIT_INDEX_FILE GIT_NO_REPLACE_OBJECTS GIT_REPLACE_REF_BASE GIT_PREFIX GIT_SHALLOW_FILE \
		GIT_COMMON_DIR GIT_INTERNAL_SUPER_PREFIX GIT_QUARANTINE_PATH GIT_NAMESPACE
	exec git "$@"
)

# Give the message in a file its `Bead:` trailer, unless nothing is in it but comments. Where nothing
# in it can be a trailer that is a new paragraph; else git knows where it belongs.
gt_add_bead() {
	gt_said='' gt_title=yes gt_plain=yes gt_last='' gt_end=yes
	while IFS= read -r gt_line || { [ -n "$gt_line" ] && gt_end=''; }; do
		gt_last=$gt_line
		case $gt_line in
		"Bead: $gt_bead") return 0 ;;
		'#'*) gt_plain='' ;;
		*[![:space:]]*)
			gt_said=yes
			[ -n "$gt_title" ] || case $gt_line in
			*:* | '(cherry picked'*) gt_plain='' ;;
			esac
			;;
		*) gt_title='' ;;
		esac
		[ -n "$gt_end" ] || break
	done <"$1"
	[ -n "$gt_said" ] || return 0
	[ -n "$gt_end" ] || printf '\n' >>"$1" # that of a merge: its last line does not end
	case $gt_last in
	*[![:space:]]*) ;;
	*) gt_plain='' ;;
	esac
	if [ -n "$gt_plain" ]; then
		printf '\nBead: %s\n' "$gt_bead" >>"$1"
	else
		gt_git interpret-trailers --in-place --no-divider --if-exists doNothing \
			--trailer "Bead: $gt_bead" "$1" </dev/null
	fi
}

# What is left of an edited message: without comments, and without the diff of `commit -v`.
gt_edited() {
	while IFS= read -r gt_line || [ -n "$gt_line" ]; do
		case $gt_line in
		?' ------------------------ >8 ------------------------') break ;;
		esac
		printf '%s\n' "$gt_line"
	done <"$1" | gt_git stripspace --strip-comments
}

# Go on with the project's own script, where this folder chains; else end well.
gt_pass_on() {
	[ -r "$gt_folder/gt-chain.sh" ] || exit 0
	. "$gt_folder/gt-chain.sh"
	gt_chain "$@"
	exit 0
}
