using CsCheck;
using OrleansGateway.Fuzz;

namespace OrleansGateway.Tests.Fuzz;

/// <summary>A little of what <c>Tools/Fuzz</c> does at length: whatever parses strangers' bytes never throws, and says what is true.</summary>
public sealed class FuzzTargetsTests
{
    public static TheoryData<string> Targets { get; } = [.. FuzzTargets.All.Keys];

    private static byte[][] Pieces { get; } =
    [
        "data: a\n\n"u8.ToArray(), "data:"u8.ToArray(), "\r\n\r\n"u8.ToArray(), "\r\r"u8.ToArray(),
        "\n\n"u8.ToArray(), "\r"u8.ToArray(), "\uFEFF"u8.ToArray(), ": c\n"u8.ToArray(), "é"u8.ToArray(),
    ];

    [Theory]
    [MemberData(nameof(Targets))]
    public void Inputs_made_of_the_corpus_find_nothing(string target)
    {
        var mutations = new Mutations(target, seed: 20_261_126);
        foreach (var input in Corpus.Of(target)) FuzzTargets.All[target](System.Text.Encoding.UTF8.GetBytes(input));
        for (var i = 0; i < 5_000; i++)
        {
            var input = mutations.Next();
            var found = Record.Exception(() => FuzzTargets.All[target](input));
            Assert.True(found is null, $"Input {i}, {Convert.ToBase64String(input)}: {found}");
        }
    }

    [Fact]
    public void Any_split_of_any_bytes_gives_the_events_of_the_whole()
    {
        var events = 0;
        Gen.Select(
                Gen.Byte.Array[2],
                Gen.OneOf(Gen.Byte.Array[0, 3], Gen.Int[0, Pieces.Length - 1].Select(i => Pieces[i])).Array[0, 40])
            .Sample((sizes, pieces) =>
            {
                var stream = pieces.SelectMany(p => p).ToArray();
                FuzzTargets.ReadEvents([.. sizes, .. stream]);
                if (stream.AsSpan().IndexOf("data: a\n\n"u8) >= 0) Interlocked.Increment(ref events);
            });
        Assert.True(events > 10, "No stream had an event.");
    }
}
