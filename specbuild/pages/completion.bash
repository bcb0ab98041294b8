# Completion of specbuild in bash: eval "$(specbuild completion bash)", in ~/.bashrc to have it always.
_specbuild_completion() {
    local line=${COMP_LINE:0:COMP_POINT} type value
    local -a words
    # Words end at blanks only: a colon or an equals sign, where bash would part them, belongs to a selector.
    read -ra words <<< "$line"
    [[ $line == *[[:space:]] ]] && words+=("")
    local number=$((${#words[@]} - 1))
    local last=${words[number]}
    local -a found=()
    while IFS=, read -r type value; do
        case $type in
            dir) compopt -o dirnames 2> /dev/null ;;
            file) compopt -o default 2> /dev/null ;;
            plain) found+=("$value") ;;
        esac
    done < <(IFS=$'\n'; COMP_WORDS="${words[*]}" COMP_CWORD=$number _SPECBUILD_COMPLETE=bash_complete "$1" 2> /dev/null)
    # What is put in begins behind the last sign at which bash parts words.
    local kept=${last%"${last##*[:=]}"}
    COMPREPLY=("${found[@]#"$kept"}")
    # Bash puts in what it is given as it is: a blank in an id would make two words of it.
    local at
    for at in "${!COMPREPLY[@]}"; do
        [[ $last == [\'\"]* || ${COMPREPLY[at]} != *[^[:alnum:]_./:,+=@%-]* ]] || printf -v "COMPREPLY[at]" %q "${COMPREPLY[at]}"
    done
}
complete -o nosort -F _specbuild_completion specbuild 2> /dev/null || complete -F _specbuild_completion specbuild
