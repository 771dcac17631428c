using System.Buffers;
using System.Text.Json;

namespace OrleansGateway;

/// <summary>
/// Writes holds and postings, the two entries of every request, byte for byte as the serializer does, and leaves all else to it: through its metadata the two took
/// 3 % of a request's processor time.
/// </summary>
internal static class EntryWriter
{
    private static readonly JsonEncodedText Kind = JsonEncodedText.Encode("kind");
    private static readonly JsonEncodedText KindHeld = JsonEncodedText.Encode("held");
    private static readonly JsonEncodedText KindPosted = JsonEncodedText.Encode("posted");

    private static readonly JsonEncodedText ModelKindName = JsonEncodedText.Encode("modelKind");
    private static readonly JsonEncodedText Api = JsonEncodedText.Encode("api");
    private static readonly JsonEncodedText Amount = JsonEncodedText.Encode("amount");
    private static readonly JsonEncodedText Deadline = JsonEncodedText.Encode("deadline");
    private static readonly JsonEncodedText InputTokens = JsonEncodedText.Encode("inputTokens");
    private static readonly JsonEncodedText OutputTokens = JsonEncodedText.Encode("outputTokens");
    private static readonly JsonEncodedText CapOutput = JsonEncodedText.Encode("capOutput");
    private static readonly JsonEncodedText Choices = JsonEncodedText.Encode("choices");
    private static readonly JsonEncodedText IdempotencyKey = JsonEncodedText.Encode("idempotencyKey");
    private static readonly JsonEncodedText Fingerprint = JsonEncodedText.Encode("fingerprint");
    private static readonly JsonEncodedText HeldOutputTokens = JsonEncodedText.Encode("heldOutputTokens");
    private static readonly JsonEncodedText Extends = JsonEncodedText.Encode("extends");
    private static readonly JsonEncodedText Decision = JsonEncodedText.Encode("decision");

    private static readonly JsonEncodedText Provider = JsonEncodedText.Encode("provider");
    private static readonly JsonEncodedText Usage = JsonEncodedText.Encode("usage");
    private static readonly JsonEncodedText Cost = JsonEncodedText.Encode("cost");
    private static readonly JsonEncodedText Absorbed = JsonEncodedText.Encode("absorbed");
    private static readonly JsonEncodedText PriceVersion = JsonEncodedText.Encode("priceVersion");
    private static readonly JsonEncodedText Outcome = JsonEncodedText.Encode("outcome");
    private static readonly JsonEncodedText Estimated = JsonEncodedText.Encode("estimated");
    private static readonly JsonEncodedText UpstreamCost = JsonEncodedText.Encode("upstreamCost");
    private static readonly JsonEncodedText Resolves = JsonEncodedText.Encode("resolves");

    private static readonly JsonEncodedText Input = JsonEncodedText.Encode("input");
    private static readonly JsonEncodedText Output = JsonEncodedText.Encode("output");
    private static readonly JsonEncodedText CachedInput = JsonEncodedText.Encode("cachedInput");
    private static readonly JsonEncodedText Reasoning = JsonEncodedText.Encode("reasoning");
    private static readonly JsonEncodedText CacheWrite = JsonEncodedText.Encode("cacheWrite");
    private static readonly JsonEncodedText LongCacheWrite = JsonEncodedText.Encode("longCacheWrite");
    private static readonly JsonEncodedText AudioInput = JsonEncodedText.Encode("audioInput");
    private static readonly JsonEncodedText ImageInput = JsonEncodedText.Encode("imageInput");
    private static readonly JsonEncodedText AudioOutput = JsonEncodedText.Encode("audioOutput");

    private static readonly JsonEncodedText Request = JsonEncodedText.Encode("request");
    private static readonly JsonEncodedText Attempt = JsonEncodedText.Encode("attempt");
    private static readonly JsonEncodedText KeyId = JsonEncodedText.Encode("keyId");
    private static readonly JsonEncodedText User = JsonEncodedText.Encode("user");
    private static readonly JsonEncodedText Model = JsonEncodedText.Encode("model");
    private static readonly JsonEncodedText At = JsonEncodedText.Encode("at");

    private static readonly JsonEncodedText[] ModelKinds = Names<ModelKind>();
    private static readonly JsonEncodedText[] Apis = Names<UpstreamApi>();

    // Of a thread, and used again by each entry.
    [ThreadStatic]
    private static (ArrayBufferWriter<byte> Bytes, Utf8JsonWriter Json)? s_writer;

    /// <summary>The entry's bytes; null when the serializer should write it.</summary>
    public static byte[]? TryWrite(BookEntry entry)
    {
        if (entry is not (BookEntry.Held or BookEntry.Posted { Signature: null })) return null;
        var (bytes, json) = s_writer ??= New();
        // Before, not after: an entry that could not be written must leave nothing in the next one.
        bytes.ResetWrittenCount();
        json.Reset();
        json.WriteStartObject();
        if (entry is BookEntry.Held held) Write(json, held);
        else Write(json, (BookEntry.Posted)entry);
        json.WriteEndObject();
        json.Flush();
        return bytes.WrittenSpan.ToArray();
    }

    private static void Write(Utf8JsonWriter json, BookEntry.Held held)
    {
        json.WriteString(Kind, KindHeld);
        json.WriteString(ModelKindName, ModelKinds[(int)held.ModelKind]);
        if (held.Api is { } api) json.WriteString(Api, Apis[(int)api]);
        json.WriteNumber(Amount, held.Amount.Usd);
        json.WriteString(Deadline, held.Deadline);
        json.WriteNumber(InputTokens, held.InputTokens);
        json.WriteNumber(OutputTokens, held.OutputTokens);
        json.WriteBoolean(CapOutput, held.CapOutput);
        json.WriteNumber(Choices, held.Choices);
        if (held.IdempotencyKey is { } idempotencyKey) json.WriteString(IdempotencyKey, idempotencyKey);
        if (held.Fingerprint is { } fingerprint) json.WriteString(Fingerprint, fingerprint);
        if (held.HeldOutputTokens is { } heldOutputTokens) json.WriteNumber(HeldOutputTokens, heldOutputTokens);
        if (held.Extends is { } extends) json.WriteNumber(Extends, extends);
        if (held.Decision is { } decision)
        {
            json.WritePropertyName(Decision);
            HeldDecisionJsonConverter.Write(json, decision);
        }
        WriteHold(json, held);
    }

    private static void Write(Utf8JsonWriter json, BookEntry.Posted posted)
    {
        json.WriteString(Kind, KindPosted);
        if (posted.Provider is { } provider) json.WriteString(Provider, provider);
        Write(json, posted.Usage);
        json.WriteNumber(Cost, posted.Cost.Usd);
        json.WriteNumber(Absorbed, posted.Absorbed.Usd);
        if (posted.PriceVersion is { } priceVersion) json.WriteString(PriceVersion, priceVersion);
        json.WriteString(Outcome, posted.Outcome);
        json.WriteBoolean(Estimated, posted.Estimated);
        if (posted.UpstreamCost is { } upstreamCost) json.WriteNumber(UpstreamCost, upstreamCost.Usd);
        json.WriteBoolean(Resolves, posted.Resolves);
        WriteHold(json, posted);
    }

    private static void Write(Utf8JsonWriter json, in TokenUsage usage)
    {
        json.WriteStartObject(Usage);
        json.WriteNumber(Input, usage.Input);
        json.WriteNumber(Output, usage.Output);
        WriteIfAny(json, CachedInput, usage.CachedInput);
        WriteIfAny(json, Reasoning, usage.Reasoning);
        WriteIfAny(json, CacheWrite, usage.CacheWrite);
        WriteIfAny(json, LongCacheWrite, usage.LongCacheWrite);
        WriteIfAny(json, AudioInput, usage.AudioInput);
        WriteIfAny(json, ImageInput, usage.ImageInput);
        WriteIfAny(json, AudioOutput, usage.AudioOutput);
        json.WriteEndObject();
    }

    private static void WriteHold(Utf8JsonWriter json, BookEntry.OfHold entry)
    {
        json.WriteString(Request, entry.Request);
        json.WriteNumber(Attempt, entry.Attempt);
        if (entry.KeyId is { } keyId) json.WriteString(KeyId, keyId);
        if (entry.User is { } user) json.WriteString(User, user);
        if (entry.Model is { } model) json.WriteString(Model, model);
        json.WriteString(At, entry.At);
    }

    private static void WriteIfAny(Utf8JsonWriter json, JsonEncodedText name, long tokens)
    {
        if (tokens != 0) json.WriteNumber(name, tokens);
    }

    private static (ArrayBufferWriter<byte>, Utf8JsonWriter) New()
    {
        var bytes = new ArrayBufferWriter<byte>(1024);
        return (bytes, new Utf8JsonWriter(bytes, new JsonWriterOptions { SkipValidation = true }));
    }

    // By number, as they are without gaps.
    private static JsonEncodedText[] Names<TEnum>()
        where TEnum : struct, Enum => [.. Enum.GetNames<TEnum>().Select(name => JsonEncodedText.Encode(JsonNamingPolicy.CamelCase.ConvertName(name)))];
}
