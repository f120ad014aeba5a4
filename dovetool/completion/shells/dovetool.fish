# fish asks dovetool what could come next, and quotes what it answers; nothing of it is evaluated.
function __dovetool_completion
    set -l words (commandline -opc)
    set -lx _DOVETOOL_COMPLETE fish
    $words[1] $words[2..] (commandline -ct | string collect) 2>/dev/null
end
complete --command dovetool --no-files --arguments '(__dovetool_completion)'
