using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace OrleansGateway.Tests.TestKit;

/// <summary>
/// Looks through log lines for what must never be in one: keys, prompts and answers. Keys are known by their shape, answers by the word that all of the simulator's
/// begin with, and prompts because tests send them through here.
/// </summary>
internal sealed partial class LeakWatch
{
    private const int ShortestPrompt = 5;
    private const int MostOfAPrompt = 60;
    private const int MostKept = 500;

    private readonly ConcurrentDictionary<string, byte> _kept = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _found = new(StringComparer.Ordinal);
    private long _looked;

    public LeakWatch()
    {
        Keep(TestGateway.AdminKey);
        Keep("upstream-key");
    }

    /// <summary>All lines of all gateways that the tests start.</summary>
    public static LeakWatch OfTheRun { get; } = new();

    /// <summary>What leaked, with a line that has it.</summary>
    public IReadOnlyDictionary<string, string> Found => _found;

    /// <summary>How many lines were looked at.</summary>
    public long Looked => Interlocked.Read(ref _looked);

    /// <summary>No line may have this.</summary>
    public void Keep(string secret)
    {
        if (_kept.Count < MostKept) _kept.TryAdd(secret, 0);
    }

    /// <summary>No line may have what a request's body says.</summary>
    public void KeepPrompts(string body)
    {
        foreach (Match prompt in Prompt().Matches(body))
            if (prompt.Groups[1].Value is { Length: >= ShortestPrompt } text) Keep(text[..Math.Min(text.Length, MostOfAPrompt)]);
    }

    public void Look(string line)
    {
        Interlocked.Increment(ref _looked);
        if (Shape().Match(line) is { Success: true } shape) _found.TryAdd(shape.Value, line);
        var said = RandomId().Replace(line, "");
        foreach (var (secret, _) in _kept)
            if (said.Contains(secret, StringComparison.Ordinal)) _found.TryAdd(secret, line);
    }

    // The last is the first word of whatever the simulator answers.
    [GeneratedRegex(@"sk-gw-[0-9A-Za-z]{8}-[0-9A-Za-z]{16,}|whsec_[0-9A-Za-z+/]{24,}|\bSure\b")]
    private static partial Regex Shape();

    // The gateway's own random ids may spell a short prompt: twenty letters once had a "Hello" in them.
    [GeneratedRegex(@"\b(?:req|k|evt|dlv)_[0-9A-Za-z_-]+|\bsk-gw-[0-9A-Za-z]{8}\b")]
    private static partial Regex RandomId();

    [GeneratedRegex("""
        "(?:content|text|input|prompt)"\s*:\s*"((?:[^"\\]|\\.)*)"
        """)]
    private static partial Regex Prompt();
}
