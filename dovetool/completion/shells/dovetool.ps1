# PowerShell asks dovetool what could come next. What it answers is quoted already, and nothing of it is evaluated.
Register-ArgumentCompleter -Native -CommandName @('dovetool', 'dovetool.exe') -ScriptBlock {
    param($word, $command, $cursor)
    $line = $command.Extent.Text
    $length = $cursor - $command.Extent.StartOffset
    if ($length -lt $line.Length) { $line = $line.Substring(0, $length) }
    $encoding = [Console]::OutputEncoding
    try {
        [Console]::OutputEncoding = [System.Text.UTF8Encoding]::new($false)
        $env:_DOVETOOL_COMPLETE = 'powershell'
        $env:_DOVETOOL_LINE = $line.PadRight($length)
        $env:_DOVETOOL_WORD = $word
        & $command.GetCommandName() 2>$null | ForEach-Object {
            $reply, $value, $told = $_ -split "`t"
            if (-not $told) { $told = $value }
            [System.Management.Automation.CompletionResult]::new($reply, $value, 'ParameterValue', $told)
        }
    }
    finally {
        [Console]::OutputEncoding = $encoding
        $env:_DOVETOOL_COMPLETE = $env:_DOVETOOL_LINE = $env:_DOVETOOL_WORD = $null
    }
}
