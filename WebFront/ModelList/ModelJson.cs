using System.Collections.Immutable;
using System.Text.Json;

namespace OrleansGateway;

/// <summary>Models in OpenAI's shape, with what OpenAI does not say under <c>gateway</c>.</summary>
internal static class ModelJson
{
    public static void WriteList(Utf8JsonWriter json, (ImmutableArray<CatalogModel> Models, DateTimeOffset Now) list)
    {
        json.WriteStartObject();
        json.WriteString("object"u8, "list"u8);
        json.WriteStartArray("data"u8);
        foreach (var model in list.Models) Write(json, (model, list.Now));
        json.WriteEndArray();
        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, (CatalogModel Model, DateTimeOffset Now) one)
    {
        var model = one.Model;
        json.WriteStartObject();
        json.WriteString("id"u8, model.Id);
        json.WriteString("object"u8, "model"u8);
        json.WriteNumber("created"u8, model.Prices.IsDefaultOrEmpty ? 0 : Math.Max(0, model.Prices[0].EffectiveFrom.ToUnixTimeSeconds()));
        json.WriteString("owned_by"u8, model.OwnedBy);
        json.WriteStartObject("gateway"u8);
        json.WriteString("kind"u8, model.Kind == ModelKind.Embeddings ? "embeddings"u8 : "chat"u8);
        json.WriteNumber("contextTokens"u8, model.ContextTokens);
        json.WriteNumber("maxOutputTokens"u8, model.MaxOutputTokens);
        if (model.Reasoning) json.WriteBoolean("reasoning"u8, true);
        if (model.PriceAt(one.Now) is { } price) WritePrice(json, price);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WritePrice(Utf8JsonWriter json, PriceCard price)
    {
        json.WriteNumber("inputUsdPerMillion"u8, price.InputUsdPerMillion.Usd);
        if (price.CachedInputUsdPerMillion is { } cached) json.WriteNumber("cachedInputUsdPerMillion"u8, cached.Usd);
        else json.WriteNull("cachedInputUsdPerMillion"u8);
        json.WriteNumber("outputUsdPerMillion"u8, price.OutputUsdPerMillion.Usd);
        WriteIfAny(json, "cacheWriteUsdPerMillion"u8, price.CacheWriteUsdPerMillion);
        WriteIfAny(json, "longCacheWriteUsdPerMillion"u8, price.LongCacheWriteUsdPerMillion);
        WriteIfAny(json, "audioInputUsdPerMillion"u8, price.AudioInputUsdPerMillion);
        WriteIfAny(json, "imageInputUsdPerMillion"u8, price.ImageInputUsdPerMillion);
        WriteIfAny(json, "audioOutputUsdPerMillion"u8, price.AudioOutputUsdPerMillion);
        json.WriteString("priceVersion"u8, price.Version);
        if (!price.Tiers.IsDefaultOrEmpty) WriteTiers(json, price.Tiers);
    }

    private static void WriteTiers(Utf8JsonWriter json, ImmutableArray<PriceTier> tiers)
    {
        json.WriteStartArray("tiers"u8);
        foreach (var tier in tiers)
        {
            json.WriteStartObject();
            json.WriteNumber("aboveInputTokens"u8, tier.AboveInputTokens);
            json.WriteNumber("inputUsdPerMillion"u8, tier.InputUsdPerMillion.Usd);
            WriteIfAny(json, "cachedInputUsdPerMillion"u8, tier.CachedInputUsdPerMillion);
            json.WriteNumber("outputUsdPerMillion"u8, tier.OutputUsdPerMillion.Usd);
            WriteIfAny(json, "cacheWriteUsdPerMillion"u8, tier.CacheWriteUsdPerMillion);
            WriteIfAny(json, "longCacheWriteUsdPerMillion"u8, tier.LongCacheWriteUsdPerMillion);
            WriteIfAny(json, "audioInputUsdPerMillion"u8, tier.AudioInputUsdPerMillion);
            WriteIfAny(json, "imageInputUsdPerMillion"u8, tier.ImageInputUsdPerMillion);
            WriteIfAny(json, "audioOutputUsdPerMillion"u8, tier.AudioOutputUsdPerMillion);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteIfAny(Utf8JsonWriter json, ReadOnlySpan<byte> name, Money? price)
    {
        if (price is { } told) json.WriteNumber(name, told.Usd);
    }
}
