using CsCheck;

namespace OrleansGateway.Tests.Properties;

/// <summary>A tail keeps exactly the newest entries that its bounds allow, byte for byte, as a list of them would.</summary>
public sealed class TailLaws
{
    // Whether the entry follows the one before, and its bytes: most are short, some take more than a page.
    private static readonly Gen<(bool Follows, byte[] Entry)[]> Histories =
        Gen.Select(
            Gen.Int[0, 49].Select(n => n > 0),
            Gen.Frequency((6, Gen.Byte.Array[0, 40]), (6, Gen.Byte.Array[300, 1_500]), (1, Gen.Int[60_000, 70_000].Select(length => new byte[length]))))
        .Array[1, 60];

    [Fact]
    public void It_is_the_list_of_the_newest_entries() =>
        Gen.Select(Histories, Gen.Int[1, 40], Gen.Int[1, 200_000], Gen.Int[1, 400_000]).Sample(
            (history, entries, bytes, inAll) =>
            {
                var memory = new TailMemory(entries, bytes, inAll);
                var (tail, list, seq) = (new BookTail(memory), new List<byte[]>(), 0L);
                foreach (var (follows, entry) in history)
                {
                    if (!follows) list.Clear();
                    seq += follows ? 1 : 7;
                    list.Add(entry);
                    while (list.Count > 1
                            && (list.Count > entries
                                || list.Sum(e => (long)e.Length) > bytes
                                || (list.Sum(e => (long)e.Length) > inAll && list.Count > TailMemory.EntriesWhenFull)))
                        list.RemoveAt(0);
                    tail.Add(seq, entry);

                    Assert.Equal((seq, seq - list.Count + 1, list.Sum(e => (long)e.Length)), (tail.LastSeq, tail.FirstSeq, tail.Bytes));
                    Assert.Equal(tail.Bytes, memory.Bytes);
                    Assert.True(tail.After(tail.FirstSeq - 1).Zip(list, (kept, entry) => kept.Span.SequenceEqual(entry)).All(same => same));
                    Assert.Equal(list.Count, tail.After(tail.FirstSeq - 1).Count());
                    Assert.True(tail.At(seq)!.Value.Span.SequenceEqual(list[^1]));
                    Assert.True(tail.At(tail.FirstSeq + (list.Count / 2))!.Value.Span.SequenceEqual(list[list.Count / 2]));
                    Assert.Null(tail.At(seq + 1));
                    Assert.Null(tail.At(tail.FirstSeq - 1));
                }

                tail.Forget();
                Assert.Equal((0L, 0L), (tail.Bytes, memory.Bytes));
                Assert.Empty(tail.After(0));
            },
            iter: 200);

    [Fact]
    public void What_was_given_out_does_not_change_when_more_is_added()
    {
        var tail = new BookTail(new TailMemory(entriesPerBook: 2));
        tail.Add(1, new byte[] { 1, 2, 3 });
        var first = tail.At(1);
        for (var seq = 2; seq < 1_000; seq++) tail.Add(seq, new byte[] { 9, 9, 9 });
        Assert.Equal([1, 2, 3], first?.ToArray());
    }
}
