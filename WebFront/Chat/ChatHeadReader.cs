using System.Text.Json;

namespace OrleansGateway;

/// <summary>Reads the head of a chat completion request in one pass.</summary>
internal struct ChatHeadReader : IRequestFields
{
    private const int MaxChoices = 128;

    private string? _model, _user, _safetyId;
    private int? _maxTokens, _maxCompletionTokens, _choices;
    private bool? _stream;
    private bool _includeUsage, _hasMessages, _unbounded;
    private int _images, _added;
    private ByteRange _modelRange, _optionsRange, _nullLimitRange;

    /// <summary>The head; null with the fault when the body is wrong.</summary>
    public static RequestHead? Read(ReadOnlyMemory<byte> body, out GatewayError? fault) => HeadReader.Read(new ChatHeadReader(), body, out fault);

    /// <inheritdoc/>
    public void ReadField(ref HeadReader fields)
    {
        if (fields.Is("model"u8)) _model = HeadFields.Model(ref fields, out _modelRange);
        else if (fields.Is("messages"u8)) ReadMessages(ref fields);
        else if (fields.Is("stream"u8)) _stream = fields.Flag("stream");
        else if (fields.Is("stream_options"u8)) ReadStreamOptions(ref fields);
        else if (fields.Is("max_tokens"u8)) _maxTokens = HeadFields.OutputLimit(ref fields, "max_tokens", ref _nullLimitRange);
        else if (fields.Is("max_completion_tokens"u8)) _maxCompletionTokens = HeadFields.OutputLimit(ref fields, "max_completion_tokens", ref _nullLimitRange);
        else if (fields.Is("n"u8)) _choices = fields.Whole("n", 1, MaxChoices, out _);
        else if (fields.Is("user"u8)) _user = HeadFields.User(ref fields, "user");
        else if (fields.Is("safety_identifier"u8)) _safetyId = HeadFields.User(ref fields, "safety_identifier");
        else if (fields.Is("service_tier"u8)) HeadFields.ServiceTier(ref fields, "auto", "default", "flex");
        else if (fields.Is("tools"u8)) ReadTools(ref fields, "tools");
        else if (fields.Is("functions"u8)) ReadTools(ref fields, "functions");
        else if (fields.Is("web_search_options"u8)) ReadWebSearch(ref fields);
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
        var messages = HeadFields.Messages(ref fields, UpstreamApi.Chat);
        _images = messages.Images;
        _unbounded |= messages.Unbounded;
    }

    private void ReadStreamOptions(ref HeadReader fields)
    {
        var type = fields.Value();
        var start = fields.Json.TokenStartIndex;
        if (type == JsonTokenType.Null)
        {
            _optionsRange = fields.Range(start);
            return;
        }

        if (type != JsonTokenType.StartObject)
        {
            fields.Wrong("stream_options", "must be an object");
            return;
        }

        var seen = false;
        while (fields.Value() != JsonTokenType.EndObject)
        {
            if (!fields.Is("include_usage"u8)) fields.Skip();
            else if (seen) fields.Wrong("stream_options.include_usage", "is given twice");
            else (seen, _includeUsage) = (true, fields.Flag("stream_options.include_usage") ?? false);
            if (fields.Fault is not null) return;
        }

        _optionsRange = fields.Range(start);
    }

    // The model may be one of Anthropic's, whose tools have a text of their own. A type that is not the API's passes as any unknown field does.
    private void ReadTools(ref HeadReader fields, string name)
    {
        var (added, unbounded) = ToolList.Read(ref fields, name, Judge, ToolList.TokensOfUse);
        _added += added;
        _unbounded |= unbounded;
    }

    private static ToolUse Judge(ReadOnlySpan<byte> type) =>
        type.IsEmpty || type.SequenceEqual("function"u8) || type.SequenceEqual("custom"u8) ? ToolUse.Described : ToolUse.Unbounded;

    // What a search finds is read as input, and no byte here tells how much that is.
    private void ReadWebSearch(ref HeadReader fields)
    {
        if (fields.Value() == JsonTokenType.Null) return;
        _unbounded = true;
        fields.Skip();
    }

    /// <inheritdoc/>
    public readonly RequestHead Head(ReadOnlyMemory<byte> body)
    {
        var stream = _stream ?? false;
        int? output = _maxTokens > _maxCompletionTokens ? _maxTokens : _maxCompletionTokens ?? _maxTokens;
        return new RequestHead
        {
            Model = _model,
            User = HeadFields.EndUser(_user, _safetyId),
            OutputTokens = output,
            Choices = _choices ?? 1,
            Images = _images,
            UnboundedInput = _unbounded,
            AddedInput = _added,
            Upstream = new UpstreamRequest
            {
                Body = body,
                Api = UpstreamApi.Chat,
                Model = _modelRange,
                StreamOptions = _optionsRange,
                NullOutputLimit = output is null ? _nullLimitRange : default,
                Stream = stream,
                IncludeUsage = stream && _includeUsage,
            },
        };
    }
}
