using System.Text;
using System.Text.Json;
using CsCheck;

namespace OrleansGateway.Tests.Properties;

/// <summary>The reader of postings gives what the serializer gives, or leaves it to it: of postings of any kind, and of such as are not whole.</summary>
public sealed class PostedLaws
{
    internal static readonly Gen<string> Texts = Gen.OneOf(Gen.Const("holysheep"), Gen.String, Gen.Const("ä\"\\\u0001😀"));
    internal static readonly Gen<Money> Amounts = Gen.Long[0, 1_000_000_000_000].Select(nano => new Money(nano));
    private static readonly Gen<long> Tokens = Gen.Frequency((2, Gen.Const(0L)), (3, Gen.Long[0, int.MaxValue]));

    private static readonly Gen<string> Pieces = Gen.OneOf(
        [.. new[] { "", "\"", "}", "{", ",", "1", "null", " ", "\"x\":1,", "\"at\":", "true", "-", "0.1" }.Select(text => Gen.Const(text))]);

    private static readonly Gen<TokenUsage> Usages = Tokens.Array[9].Select(t => new TokenUsage(t[0], t[1], t[2], t[3], t[4], t[5], t[6], t[7], t[8]));

    internal static readonly Gen<BookEntry.Posted> Postings = Gen.Select(
        Texts.Null().Array[5], Usages, Gen.Select(Amounts, Amounts, Amounts.Nullable()), Gen.Select(Gen.Int[1, 9], Gen.Bool, Gen.Bool, Gen.Bool), Texts, Gen.DateTimeOffset,
        (texts, usage, money, rest, outcome, at) => new BookEntry.Posted
        {
            Provider = texts[0],
            Usage = usage,
            Cost = money.Item1,
            Absorbed = money.Item2,
            UpstreamCost = money.Item3,
            PriceVersion = texts[1],
            Outcome = outcome,
            Estimated = rest.Item2,
            Resolves = rest.Item3,
            Signature = rest.Item4 ? new Signature("ann", "because") : null,
            Request = "req_1",
            Attempt = rest.Item1,
            KeyId = texts[2],
            User = texts[3],
            Model = texts[4],
            At = at,
        });

    [Fact]
    public void A_posting_is_read_as_it_was_written()
    {
        var itself = 0;
        Postings.Sample(posted =>
        {
            var json = posted.ToBytes();
            var read = PostedReader.TryRead(json.Span);
            if (read is not null) Interlocked.Increment(ref itself);
            Assert.Equal(posted.Signature is null, read is not null);
            Assert.Equal(Read(json.Span), BookEntry.Parse(new RawEntry(1, json)));
        }, iter: 2_000);
        Assert.True(itself > 500, $"Only {itself} were read without the serializer.");
    }

    [Fact]
    public void What_is_not_as_this_release_writes_it_is_read_as_the_serializer_reads_it()
    {
        Gen.Select(Postings, Gen.Int[0, 5_000], Pieces).Sample((posted, place, put) =>
        {
            var json = Encoding.UTF8.GetString(posted.ToBytes().Span);
            place %= json.Length;
            var changed = Encoding.UTF8.GetBytes(json[..place] + put + json[(put.Length == 0 ? place + 1 : place)..]);
            if (PostedReader.TryRead(changed) is { } read) Assert.Equal(Read(changed), read);
        }, iter: 5_000);
    }

    private static BookEntry Read(ReadOnlySpan<byte> json) => JsonSerializer.Deserialize(json, BookJson.Default.BookEntry)!;
}
