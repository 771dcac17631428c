using System.Text.Json.Serialization;

namespace OrleansGateway;

/// <summary>
/// What may be asked of an upstream. The numbers cross the wire, and the first two are those of <see cref="ModelKind"/>, which earlier builds
/// send in their place.
/// </summary>
[JsonConverter(typeof(CamelCaseEnumConverter<UpstreamApi>))]
public enum UpstreamApi
{
    /// <summary>OpenAI's chat completions.</summary>
    Chat = 0,

    /// <summary>OpenAI's embeddings.</summary>
    Embeddings = 1,

    /// <summary>OpenAI's responses.</summary>
    Responses = 2,

    /// <summary>Anthropic's messages.</summary>
    Messages = 3,
}

/// <summary>What each API is for.</summary>
public static class UpstreamApis
{
    /// <summary>The kind of model that an API calls.</summary>
    public static ModelKind Kind(this UpstreamApi api) => api == UpstreamApi.Embeddings ? ModelKind.Embeddings : ModelKind.Chat;
}
