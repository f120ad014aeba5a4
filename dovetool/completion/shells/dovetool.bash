# bash asks dovetool what could come next. What it answers is quoted already, and nothing of it is evaluated.
_dovetool_completion() {
    local line form=
    COMPREPLY=()
    while IFS= read -r line; do
        if [[ -z $form ]]; then form=$line; else COMPREPLY+=("$line"); fi
    done < <(_DOVETOOL_COMPLETE=bash _DOVETOOL_LINE="${COMP_LINE:0:COMP_POINT}" COMP_WORDBREAKS="$COMP_WORDBREAKS" \
        "${1/#\~/$HOME}" 2>/dev/null)
    if [[ $form == open ]]; then compopt -o nospace 2>/dev/null; fi
    return 0
}
complete -F _dovetool_completion dovetool
