using System.Text.Json;

namespace OrleansGateway;

/// <summary>
/// Reads the head of a request for a response in one pass. What goes on when the answer has ended, starts from what the upstream keeps, or is carried out by
/// the upstream at a price of its own is refused: no hold could cover it.
/// </summary>
internal struct ResponsesHeadReader : IRequestFields
{
    private const string Stored = "What an upstream keeps is not a tenant's own, and its size is not known here. Send the whole conversation as 'input'.";

    private string? _model, _user, _safetyId;
    private int? _maxTokens;
    private bool? _stream;
    private bool _hasInput, _unbounded;
    private int _images, _added;
    private ByteRange _modelRange, _nullLimitRange;

    /// <summary>The head; null with the fault when the body is wrong.</summary>
    public static RequestHead? Read(ReadOnlyMemory<byte> body, out GatewayError? fault) => HeadReader.Read(new ResponsesHeadReader(), body, out fault);

    /// <inheritdoc/>
    public void ReadField(ref HeadReader fields)
    {
        if (fields.Is("model"u8)) _model = HeadFields.Model(ref fields, out _modelRange);
        else if (fields.Is("input"u8)) ReadInput(ref fields);
        else if (fields.Is("instructions"u8)) ReadInstructions(ref fields);
        else if (fields.Is("stream"u8)) _stream = fields.Flag("stream");
        else if (fields.Is("max_output_tokens"u8)) _maxTokens = HeadFields.OutputLimit(ref fields, "max_output_tokens", ref _nullLimitRange);
        else if (fields.Is("user"u8)) _user = HeadFields.User(ref fields, "user");
        else if (fields.Is("safety_identifier"u8)) _safetyId = HeadFields.User(ref fields, "safety_identifier");
        else if (fields.Is("service_tier"u8)) HeadFields.ServiceTier(ref fields, "auto", "default", "flex");
        else if (fields.Is("tools"u8)) _added = ToolList.Read(ref fields, "tools", Judge, tokensOfAny: 0).Added;
        else if (fields.Is("background"u8)) ReadBackground(ref fields);
        else if (fields.Is("previous_response_id"u8)) HeadFields.OnlyNullOr(ref fields, "previous_response_id", Stored);
        else if (fields.Is("conversation"u8)) HeadFields.OnlyNullOr(ref fields, "conversation", Stored);
        else if (fields.Is("prompt"u8))
            HeadFields.OnlyNullOr(ref fields, "prompt", "A stored prompt's size and tools are not known here. Send its text as 'instructions' and 'input'.");
        else if (fields.Is("context_management"u8))
            HeadFields.OnlyNullOr(
                ref fields, "context_management", "What an upstream writes to shorten a conversation cannot be bounded here. Shorten 'input' yourself.");
        else fields.Skip();
    }

    /// <inheritdoc/>
    public readonly void Require(ref HeadReader fields)
    {
        if (!_hasInput) fields.Wrong("input", "is missing: give a text or an array of items");
    }

    private void ReadInput(ref HeadReader fields)
    {
        _hasInput = true;
        var input = new ResponsesInput();
        input.Read(ref fields);
        _images = input.Images;
        _unbounded = input.Unbounded;
    }

    // Answers repeat what they were told as items, and some upstreams take those, too.
    private static void ReadInstructions(ref HeadReader fields)
    {
        if (fields.Value() is not (JsonTokenType.String or JsonTokenType.Null)) fields.Wrong("instructions", "must be a text; give items in 'input'");
    }

    private static void ReadBackground(ref HeadReader fields)
    {
        if (fields.Flag("background") == true)
            HeadFields.Unsupported(ref fields, "background", "What goes on in the background ends unseen, and its usage with it. Leave 'background' out and ask for a stream.");
    }

    private static ToolUse Judge(ReadOnlySpan<byte> type) =>
        type.SequenceEqual("function"u8) || type.SequenceEqual("custom"u8) ? ToolUse.Described
        : type.SequenceEqual("local_shell"u8) || type.SequenceEqual("apply_patch"u8) ? ToolUse.Known
        : ToolUse.Hosted;

    /// <inheritdoc/>
    public readonly RequestHead Head(ReadOnlyMemory<byte> body) => new()
    {
        Model = _model,
        User = HeadFields.EndUser(_user, _safetyId),
        OutputTokens = _maxTokens,
        Images = _images,
        UnboundedInput = _unbounded,
        AddedInput = _added,
        Upstream = new UpstreamRequest
        {
            Body = body,
            Api = UpstreamApi.Responses,
            Model = _modelRange,
            NullOutputLimit = _maxTokens is null ? _nullLimitRange : default,
            Stream = _stream ?? false,
        },
    };
}
