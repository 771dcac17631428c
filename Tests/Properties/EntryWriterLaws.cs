using System.Text;
using System.Text.Json;
using CsCheck;

namespace OrleansGateway.Tests.Properties;

/// <summary>What is written without the serializer is byte for byte what it writes: of holds and postings of any kind, one after the other.</summary>
public sealed class EntryWriterLaws
{
    private static readonly Gen<BudgetWindow> Windows = Gen.OneOf(
        Gen.Const(BudgetWindow.Month), Gen.Const(BudgetWindow.Total), Gen.Int[1, BudgetWindow.MaxDays].Select(BudgetWindow.Rolling));

    private static readonly Gen<HeldBudget> Budgets = Gen.Select(
        Gen.OneOf(Gen.Const(HeldBudget.Tenant), Gen.Const(HeldBudget.Key), Gen.Const(HeldBudget.User)),
        Windows,
        Gen.Bool,
        Gen.OneOf(PostedLaws.Amounts, Gen.Const(Money.Zero)).Array[4],
        (scope, window, soft, money) => new HeldBudget
        {
            Scope = scope,
            Window = window,
            Soft = soft,
            Limit = money[0],
            Counted = money[1],
            Raised = money[2],
            RolledOver = money[3],
        });

    private static readonly Gen<HeldDecision> Decisions = Gen.Select(
        PostedLaws.Texts.Null().Array[2], PostedLaws.Texts.Array[3].Select(text => new HeldTarget(text[0], text[1], text[2])).Array[0, 3], Budgets.Array[0, 3],
        (texts, targets, budgets) => new HeldDecision { Asked = texts[0], Route = texts[1], Targets = targets, Budgets = budgets });

    private static readonly Gen<BookEntry.Held> Holds = Gen.Select(
        PostedLaws.Texts.Null().Array[5], Gen.Select(Gen.Enum<ModelKind>(), Gen.Enum<UpstreamApi>().Nullable(), PostedLaws.Amounts, Gen.Bool),
        Gen.Select(Gen.Long[0, long.MaxValue], Gen.Int.Array[3], Gen.Int.Nullable().Array[2]), Decisions.Null(), PostedLaws.Texts, Gen.DateTimeOffset.Array[2],
        (texts, what, numbers, decision, request, times) => new BookEntry.Held
        {
            ModelKind = what.Item1,
            Api = what.Item2,
            Amount = what.Item3,
            CapOutput = what.Item4,
            InputTokens = numbers.Item1,
            OutputTokens = numbers.Item2[0],
            Choices = numbers.Item2[1],
            Attempt = numbers.Item2[2],
            HeldOutputTokens = numbers.Item3[0],
            Extends = numbers.Item3[1],
            IdempotencyKey = texts[0],
            Fingerprint = texts[1],
            KeyId = texts[2],
            User = texts[3],
            Model = texts[4],
            Decision = decision,
            Request = request,
            Deadline = times[0],
            At = times[1],
        });

    [Fact]
    public void A_hold_is_written_as_the_serializer_writes_it() => Holds.Sample(IsWrittenAlike, iter: 2_000);

    [Fact]
    public void A_posting_is_written_as_the_serializer_writes_it() => PostedLaws.Postings.Where(posted => posted.Signature is null).Sample(IsWrittenAlike, iter: 2_000);

    [Fact]
    public void A_hold_is_read_as_it_was_written() => Holds.Sample(held => Assert.Equal(held, BookEntry.Parse(new RawEntry(1, held.ToBytes()))), iter: 2_000);

    // A member that these do not make, for it is new, would be missing from the book with every law kept.
    [Fact]
    public void The_laws_speak_of_every_member_there_is()
    {
        var holds = Holds.Array[200].Single();
        var decisions = holds.Select(held => held.Decision).OfType<HeldDecision>().ToList();
        AreAllSet(holds);
        AreAllSet(decisions);
        AreAllSet(decisions.SelectMany(decision => decision.Targets));
        AreAllSet(decisions.SelectMany(decision => decision.Budgets));

        var postings = PostedLaws.Postings.Array[200].Single();
        AreAllSet(postings);
        AreAllSet(postings.Select(posted => posted.Usage));
    }

    [Fact]
    public void A_posting_that_an_operator_signed_is_left_to_the_serializer() =>
        PostedLaws.Postings.Where(posted => posted.Signature is not null).Sample(posted => Assert.Null(EntryWriter.TryWrite(posted)), iter: 100);

    [Fact]
    public void An_entry_that_cannot_be_written_leaves_nothing_in_the_next_one() => Gen.Select(Holds, Holds).Sample(
        (unknown, next) =>
        {
            Assert.ThrowsAny<Exception>(() => EntryWriter.TryWrite(unknown with { ModelKind = (ModelKind)99 }));
            IsWrittenAlike(next);
        }, iter: 100);

    private static void AreAllSet<T>(IEnumerable<T> samples)
    {
        var never = typeof(T).GetProperties().Where(member => member.SetMethod is not null && samples.All(sample => IsDefault(member.GetValue(sample), member.PropertyType)));
        Assert.Empty(never.Select(member => $"{typeof(T).Name}.{member.Name}"));
    }

    private static bool IsDefault(object? value, Type type) => value is null || (type.IsValueType && value.Equals(Activator.CreateInstance(type))) || value is Array { Length: 0 };

    private static void IsWrittenAlike(BookEntry entry)
    {
        var written = EntryWriter.TryWrite(entry);
        Assert.NotNull(written);
        Assert.Equal(Encoding.UTF8.GetString(JsonSerializer.SerializeToUtf8Bytes(entry, BookJson.Default.BookEntry)), Encoding.UTF8.GetString(written));
    }
}
