using System.Text.Json;

namespace OrleansGateway;

/// <summary>Reads the head of a chat completion request in one pass.</summary>
internal ref struct ChatHeadReader
{
    private const int MaxModelLength = 256;
    private const int MaxUserLength = 256;
    private const int MaxChoices = 128;

    private string? _model, _user, _safetyId;
    private int? _maxTokens, _maxCompletionTokens, _choices;
    private bool? _stream;
    private bool _includeUsage, _hasMessages, _unbounded;
    private int _images;
    private ByteRange _modelRange, _optionsRange, _nullLimitRange;

    /// <summary>The head; null with the fault when the body is wrong.</summary>
    public static RequestHead? Read(ReadOnlyMemory<byte> body, out GatewayError? fault)
    {
        try
        {
            var reader = new ChatHeadReader();
            fault = reader.Read(body.Span);
            return fault is null ? reader.Head(body) : null;
        }
        catch (Exception e) when (HeadReader.IsMalformed(e) is { } malformed)
        {
            fault = malformed;
            return null;
        }
    }

    private GatewayError? Read(ReadOnlySpan<byte> body)
    {
        var fields = new HeadReader(body);
        if (!fields.Open()) return fields.Fault;
        while (fields.Next()) ReadField(ref fields);
        if (fields.Fault is null && !_hasMessages) fields.Wrong("messages", "is missing: give an array of messages");
        return fields.Fault;
    }

    private void ReadField(ref HeadReader fields)
    {
        if (fields.Is("model"u8)) ReadModel(ref fields);
        else if (fields.Is("messages"u8)) ReadMessages(ref fields);
        else if (fields.Is("stream"u8)) _stream = fields.Flag("stream");
        else if (fields.Is("stream_options"u8)) ReadStreamOptions(ref fields);
        else if (fields.Is("max_tokens"u8)) _maxTokens = ReadLimit(ref fields, "max_tokens");
        else if (fields.Is("max_completion_tokens"u8)) _maxCompletionTokens = ReadLimit(ref fields, "max_completion_tokens");
        else if (fields.Is("n"u8)) _choices = fields.Whole("n", 1, MaxChoices, out _);
        else if (fields.Is("user"u8)) _user = ReadUser(ref fields, "user");
        else if (fields.Is("safety_identifier"u8)) _safetyId = ReadUser(ref fields, "safety_identifier");
        else if (fields.Is("service_tier"u8)) ReadServiceTier(ref fields);
        else if (fields.Is("web_search_options"u8)) ReadWebSearch(ref fields);
        else fields.Skip();
    }

    private void ReadModel(ref HeadReader fields)
    {
        _model = fields.Text("model", MaxModelLength, out _modelRange);
        if (_model is "") fields.Wrong("model", "is empty: name a model from GET /v1/models");
    }

    private void ReadMessages(ref HeadReader fields)
    {
        _hasMessages = true;
        if (fields.Value() != JsonTokenType.StartArray)
        {
            fields.Wrong("messages", "must be an array of messages");
            return;
        }

        var scan = new MessagesScan();
        if (scan.Read(ref fields.Json) is { } wrong) fields.Wrong(wrong.Param, wrong.Message);
        _images = scan.Images;
        _unbounded |= scan.Unbounded;
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

    private int? ReadLimit(ref HeadReader fields, string name)
    {
        var limit = fields.Whole(name, 1, int.MaxValue, out var nullRange);
        if (!nullRange.IsEmpty) _nullLimitRange = nullRange;
        return limit;
    }

    private static string? ReadUser(ref HeadReader fields, string name) => fields.Text(name, MaxUserLength, out _);

    // A tier that costs more than the price card says would be billed above what is held.
    private static void ReadServiceTier(ref HeadReader fields)
    {
        if (fields.Value() is JsonTokenType.String or JsonTokenType.Null)
        {
            if (fields.Json.TokenType == JsonTokenType.Null || fields.Is("auto"u8) || fields.Is("default"u8) || fields.Is("flex"u8)) return;
            fields.Refuse(new GatewayError(GatewayErrorKind.UnsupportedParameter, "This 'service_tier' has no price here. Leave it out, or use 'auto', 'default' or 'flex'.", "service_tier"));
        }
        else
        {
            fields.Wrong("service_tier", "must be a string");
        }
    }

    // What a search finds is read as input, and no byte here tells how much that is.
    private void ReadWebSearch(ref HeadReader fields)
    {
        if (fields.Value() == JsonTokenType.Null) return;
        _unbounded = true;
        fields.Skip();
    }

    private readonly RequestHead Head(ReadOnlyMemory<byte> body)
    {
        var stream = _stream ?? false;
        int? output = _maxTokens > _maxCompletionTokens ? _maxTokens : _maxCompletionTokens ?? _maxTokens;
        return new RequestHead
        {
            Model = _model,
            User = string.IsNullOrEmpty(_user) ? (string.IsNullOrEmpty(_safetyId) ? null : _safetyId) : _user,
            OutputTokens = output,
            Choices = _choices ?? 1,
            Images = _images,
            UnboundedInput = _unbounded,
            Upstream = new UpstreamRequest
            {
                Body = body,
                Kind = ModelKind.Chat,
                Model = _modelRange,
                StreamOptions = _optionsRange,
                NullOutputLimit = output is null ? _nullLimitRange : default,
                Stream = stream,
                IncludeUsage = stream && _includeUsage,
            },
        };
    }
}
