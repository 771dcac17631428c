using System.Text.Json;

namespace OrleansGateway;

/// <summary>Fields that several kinds of request have.</summary>
internal static class HeadFields
{
    private const int MaxModelLength = 256;

    /// <summary>The model named, and where.</summary>
    public static string? Model(ref HeadReader fields, out ByteRange range)
    {
        var model = fields.Text("model", MaxModelLength, out range);
        if (model is "") fields.Wrong("model", "is empty: name a model from GET /v1/models");
        return model;
    }

    /// <summary>Messages, which must be an array; what in them takes tokens beyond its bytes.</summary>
    public static MessagesScan Messages(ref HeadReader fields, UpstreamApi api)
    {
        var scan = new MessagesScan(api);
        if (fields.Value() != JsonTokenType.StartArray) fields.Wrong("messages", "must be an array of messages");
        else if (scan.Read(ref fields.Json) is { } wrong) fields.Wrong(wrong.Param, wrong.Message);
        else if (scan.KeptElsewhere is { } message)
            Unsupported(
                ref fields, message,
                "This message refers to what the upstream keeps, a file by its id or an earlier spoken answer. What is kept there is not a tenant's own. Send the content itself.");
        return scan;
    }

    /// <summary>Who the end user is: the first that is named; an empty name is none.</summary>
    public static string? EndUser(string? user, string? otherwise = null) => string.IsNullOrEmpty(user) ? (string.IsNullOrEmpty(otherwise) ? null : otherwise) : user;

    /// <summary>An end user.</summary>
    public static string? User(ref HeadReader fields, string name) => fields.Text(name, EndUserName.MaxLength, out _);

    /// <summary>A limit of output tokens; a null in its place is where the gateway's own goes.</summary>
    public static int? OutputLimit(ref HeadReader fields, string name, ref ByteRange nullRange)
    {
        var limit = fields.Whole(name, 1, int.MaxValue, out var range);
        if (!range.IsEmpty) nullRange = range;
        return limit;
    }

    /// <summary>A service tier; one that costs more than the price card says would be billed above what is held.</summary>
    public static void ServiceTier(ref HeadReader fields, params ReadOnlySpan<string> priced)
    {
        switch (fields.Value())
        {
            case JsonTokenType.Null:
                return;
            case JsonTokenType.String:
                foreach (var tier in priced)
                    if (fields.Json.ValueTextEquals(tier)) return;
                Unsupported(ref fields, "service_tier", $"This 'service_tier' has no price here. Leave it out, or use {Listed(priced)}.");
                return;
            default:
                fields.Wrong("service_tier", "must be a string");
                return;
        }
    }

    /// <summary>A field that only null, and any of some values, may have; says why.</summary>
    public static void OnlyNullOr(ref HeadReader fields, string name, string why, params ReadOnlySpan<string> harmless)
    {
        if (fields.Value() == JsonTokenType.Null) return;
        if (fields.Json.TokenType == JsonTokenType.String)
            foreach (var value in harmless)
                if (fields.Json.ValueTextEquals(value)) return;
        Unsupported(ref fields, name, why);
    }

    /// <summary>Refuses a field that the gateway can neither bound nor bill.</summary>
    public static void Unsupported(ref HeadReader fields, string name, string why) => fields.Refuse(new GatewayError(GatewayErrorKind.UnsupportedParameter, why, name));

    private static string Listed(ReadOnlySpan<string> values)
    {
        var text = $"'{values[0]}'";
        for (var i = 1; i < values.Length; i++) text += (i == values.Length - 1 ? " or " : ", ") + $"'{values[i]}'";
        return text;
    }
}
