using System.Text;
using CsCheck;

namespace OrleansGateway.Tests.Unit.Usage;

public sealed class UsagePartTests
{
    private static readonly DateTimeOffset Midnight = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly string?[] SomeNames = [null, "a", "ä", "", "日本", "a,b\"\r\n", new string('x', 300)];

    private static readonly Gen<string?> Names = Gen.Int[0, 6].Select(i => SomeNames[i]);

    private static readonly Gen<UsageLine> Lines = Gen.Select(Gen.Int[0, 86_399], Names, Names, Names, Gen.Long.Array[UsageTotalsFields.Count], Gen.ULong)
        .Select((second, model, key, user, numbers, kept) => new UsageLine(
            Midnight.AddSeconds(second), "p", model, key, user,
            // Small enough to be summed, of either sign, and many of them nothing.
            UsageTotalsFields.Read([.. numbers.Select((n, i) => (kept >> i & 1) == 0 ? 0 : n >> 20)])));

    [Fact]
    public void What_was_written_is_read_again_and_goes_on_as_if_it_had_stayed_open() => Gen.Select(Lines.Array[0, 30], Lines.Array[0, 10]).Sample((first, second) =>
    {
        var open = new UsagePart();
        foreach (var line in first) open.Add(line);
        var read = UsagePart.FromBytes(open.ToBytes());
        foreach (var line in second)
        {
            open.Add(line);
            read.Add(line);
        }
        Assert.Equal(Rows(open.ToBytes()), Rows(read.ToBytes()));
        Assert.Equal(Expected(first.Concat(second)), Rows(open.ToBytes()));
    });

    [Fact]
    public void Damaged_bytes_are_refused_or_read_as_other_rows_but_never_crash() => Gen.Select(Lines.Array[1, 5], Gen.Int[0, 10_000], Gen.Byte).Sample((lines, place, value) =>
    {
        var part = new UsagePart();
        foreach (var line in lines) part.Add(line);
        var bytes = part.ToBytes();
        var cut = bytes[..(place % bytes.Length)];
        Assert.Throws<InvalidDataException>(() => Rows(cut));
        bytes[place % bytes.Length] = value;
        try
        {
            Rows(bytes);
        }
        catch (InvalidDataException)
        {
        }
    });

    [Theory]
    [InlineData(new byte[] { 2, 0, 0 })] // another version
    [InlineData(new byte[] { 1, 0, 0, 0 })] // bytes after the last row
    [InlineData(new byte[] { 1, 0xff, 0xff, 0xff, 0xff, 0x0f })] // more names than bytes
    [InlineData(new byte[] { 1, 0, 1, 96, 0, 0, 0, 0, 0 })] // the day has no such quarter
    [InlineData(new byte[] { 1, 0, 1, 0, 1, 0, 0, 0, 0 })] // no such name
    [InlineData(new byte[] { 1, 0, 1, 0, 0, 0, 0, 0, 0x80, 0x80, 0x02 })] // a number of a later version
    public void Bytes_of_another_form_are_refused(byte[] bytes) => Assert.Throws<InvalidDataException>(() => Rows(bytes));

    [Fact]
    public void A_row_of_one_request_takes_few_bytes()
    {
        var part = new UsagePart();
        for (var i = 0; i < 1_000; i++)
            part.Add(new UsageLine(
                Midnight.AddSeconds(i * 80), "holysheep", $"model-{i % 5}", $"k_{i % 10}", $"user-{i % 500}",
                new UsageTotals { Requests = 1, InputTokens = 900 + i, OutputTokens = 300, CostUsd = new Money(1_234_567 + i) }));
        Assert.InRange((part.ToBytes().Length - Encoding.UTF8.GetByteCount(string.Concat(Enumerable.Range(0, 500).Select(i => $"user-{i}")))) / 1_000, 10, 20);
    }

    private static List<(int Quarter, string? Model, string? Key, string? User, UsageTotals Totals)> Rows(byte[] bytes)
    {
        var rows = new List<(int, string?, string?, string?, UsageTotals)>();
        var reader = new UsagePartReader(bytes);
        while (reader.Read(out var key, out var totals)) rows.Add((key.Quarter, reader.Names[key.Model], reader.Names[key.Key], reader.Names[key.User], totals));
        return [.. rows
            .OrderBy(r => r.Item1)
            .ThenBy(r => r.Item2, StringComparer.Ordinal)
            .ThenBy(r => r.Item3, StringComparer.Ordinal)
            .ThenBy(r => r.Item4, StringComparer.Ordinal)];
    }

    private static List<(int Quarter, string? Model, string? Key, string? User, UsageTotals Totals)> Expected(IEnumerable<UsageLine> lines) =>
        [.. lines.GroupBy(l => ((int)(l.At - Midnight).TotalMinutes / 15, l.Model, l.Key, l.User))
            .Select(g => (g.Key.Item1, g.Key.Model, g.Key.Key, g.Key.User, g.Aggregate(default(UsageTotals), (sum, l) => sum + l.Totals)))
            .OrderBy(r => r.Item1).ThenBy(r => r.Model, StringComparer.Ordinal).ThenBy(r => r.Key, StringComparer.Ordinal).ThenBy(r => r.User, StringComparer.Ordinal)];
}
