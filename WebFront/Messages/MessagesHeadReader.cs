using System.Text.Json;
using Microsoft.Extensions.Primitives;

namespace OrleansGateway;

/// <summary>
/// Reads the head of an Anthropic message request in one pass. What the upstream would carry out, or charge at prices that no card here has, is
/// refused: no hold could cover it.
/// </summary>
internal struct MessagesHeadReader(string? version) : IRequestFields
{
    private const string VersionHeader = "anthropic-version";
    private const int MaxVersionLength = 32;

    private string? _model, _user;
    private int? _maxTokens;
    private bool? _stream;
    private bool _hasMessages, _unbounded;
    private int _images, _added;
    private ByteRange _modelRange, _nullLimitRange;

    /// <summary>The head; null with the fault when the request is wrong.</summary>
    public static RequestHead? Read(HttpRequest request, ReadOnlyMemory<byte> body, out GatewayError? fault)
    {
        if (!TryReadVersion(request.Headers[VersionHeader], out var version))
        {
            fault = GatewayError.InvalidValue(VersionHeader, $"Send one '{VersionHeader}' header such as 2023-06-01, or none.");
            return null;
        }

        return Read(body, version, out fault);
    }

    /// <summary>The same of a body alone.</summary>
    public static RequestHead? Read(ReadOnlyMemory<byte> body, string? version, out GatewayError? fault) => HeadReader.Read(new MessagesHeadReader(version), body, out fault);

    private static bool TryReadVersion(StringValues header, out string? version)
    {
        version = header.Count == 0 ? null : header[0];
        return version is null || (header.Count == 1 && version.Length is > 0 and <= MaxVersionLength && version.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.'));
    }

    /// <inheritdoc/>
    public void ReadField(ref HeadReader fields)
    {
        if (fields.Is("model"u8)) _model = HeadFields.Model(ref fields, out _modelRange);
        else if (fields.Is("messages"u8)) ReadMessages(ref fields);
        else if (fields.Is("stream"u8)) _stream = fields.Flag("stream");
        else if (fields.Is("max_tokens"u8)) _maxTokens = HeadFields.OutputLimit(ref fields, "max_tokens", ref _nullLimitRange);
        else if (fields.Is("metadata"u8)) ReadMetadata(ref fields);
        else if (fields.Is("tools"u8)) _added = ToolList.Read(ref fields, "tools", Judge, ToolList.TokensOfUse).Added;
        else if (fields.Is("service_tier"u8)) HeadFields.ServiceTier(ref fields, "auto", "standard_only");
        else if (fields.Is("speed"u8)) HeadFields.OnlyNullOr(ref fields, "speed", "This 'speed' has no price here. Leave it out, or use 'standard'.", "standard");
        else if (fields.Is("inference_geo"u8))
            HeadFields.OnlyNullOr(ref fields, "inference_geo", "This 'inference_geo' has no price here. Leave it out, or use 'global'.", "global");
        else if (fields.Is("container"u8))
            HeadFields.OnlyNullOr(ref fields, "container", "What runs in an upstream's container is charged apart, and cannot be bounded here. Leave it out.");
        else if (fields.Is("mcp_servers"u8))
            HeadFields.OnlyNullOr(
                ref fields, "mcp_servers", "What an upstream fetches from servers cannot be bounded here. Call them yourself, and offer their tools in 'tools'.");
        else if (fields.Is("context_management"u8))
            HeadFields.OnlyNullOr(
                ref fields, "context_management", "What an upstream writes to shorten a conversation cannot be bounded here. Shorten 'messages' yourself.");
        else fields.Skip();
    }

    /// <inheritdoc/>
    public readonly void Require(ref HeadReader fields)
    {
        if (!_hasMessages) fields.Wrong("messages", "is missing: give an array of messages");
    }

    private void ReadMessages(ref HeadReader fields)
    {
        _hasMessages = true;
        var messages = HeadFields.Messages(ref fields, UpstreamApi.Messages);
        _images = messages.Images;
        _unbounded = messages.Unbounded;
    }

    private void ReadMetadata(ref HeadReader fields)
    {
        var type = fields.Value();
        if (type != JsonTokenType.StartObject)
        {
            if (type != JsonTokenType.Null) fields.Wrong("metadata", "must be an object");
            return;
        }

        var seen = false;
        while (fields.Value() != JsonTokenType.EndObject)
        {
            if (!fields.Is("user_id"u8)) fields.Skip();
            else if (seen) fields.Wrong("metadata.user_id", "is given twice");
            else (seen, _user) = (true, HeadFields.User(ref fields, "metadata.user_id"));
            if (fields.Fault is not null) return;
        }
    }

    // Anthropic's own client-side tools carry a date in their type.
    private static ToolUse Judge(ReadOnlySpan<byte> type) =>
        type.IsEmpty || type.SequenceEqual("custom"u8) ? ToolUse.Described
        : type.StartsWith("bash_"u8) || type.StartsWith("text_editor_"u8) || type.StartsWith("computer_"u8) || type.StartsWith("memory_"u8) ? ToolUse.Known
        : ToolUse.Hosted;

    /// <inheritdoc/>
    public readonly RequestHead Head(ReadOnlyMemory<byte> body) => new()
    {
        Model = _model,
        User = HeadFields.EndUser(_user),
        OutputTokens = _maxTokens,
        Images = _images,
        UnboundedInput = _unbounded,
        AddedInput = _added,
        Upstream = new UpstreamRequest
        {
            Body = body,
            Api = UpstreamApi.Messages,
            Model = _modelRange,
            NullOutputLimit = _maxTokens is null ? _nullLimitRange : default,
            Stream = _stream ?? false,
            ApiVersion = version,
        },
    };
}
