using System.Text.Json;

namespace OrleansGateway;

/// <summary>Reads the head of an embeddings request in one pass.</summary>
internal struct EmbeddingsHeadReader : IRequestFields
{
    private string? _model, _user;
    private bool _hasInput, _base64;
    private ByteRange _modelRange;

    /// <summary>The head; null with the fault when the body is wrong.</summary>
    public static RequestHead? Read(ReadOnlyMemory<byte> body, out GatewayError? fault) => HeadReader.Read(new EmbeddingsHeadReader(), body, out fault);

    /// <inheritdoc/>
    public void ReadField(ref HeadReader fields)
    {
        if (fields.Is("model"u8)) _model = HeadFields.Model(ref fields, out _modelRange);
        else if (fields.Is("input"u8)) ReadInput(ref fields);
        else if (fields.Is("encoding_format"u8)) ReadFormat(ref fields);
        else if (fields.Is("dimensions"u8)) fields.Whole("dimensions", 1, int.MaxValue, out _);
        else if (fields.Is("user"u8)) _user = HeadFields.User(ref fields, "user");
        else fields.Skip();
    }

    /// <inheritdoc/>
    public readonly void Require(ref HeadReader fields)
    {
        if (!_hasInput) fields.Wrong("input", "is missing: give a text or an array");
    }

    private void ReadInput(ref HeadReader fields)
    {
        _hasInput = true;
        switch (fields.Value())
        {
            case JsonTokenType.String when fields.Json.ValueSpan.Length > 0:
                return;
            case JsonTokenType.StartArray:
                var start = fields.Json.BytesConsumed;
                fields.Skip();
                if (!fields.IsBlank(start)) return;
                break;
        }

        fields.Wrong("input", "must be a text or an array of texts or tokens, not empty");
    }

    private void ReadFormat(ref HeadReader fields)
    {
        var format = fields.Text("encoding_format", 16, out _);
        if (format is not (null or "float" or "base64")) fields.Wrong("encoding_format", "must be 'float' or 'base64'");
        _base64 = format is "base64";
    }

    /// <inheritdoc/>
    public readonly RequestHead Head(ReadOnlyMemory<byte> body) => new()
    {
        Model = _model,
        User = HeadFields.EndUser(_user),
        OutputTokens = 0,
        Form = _base64 ? AnswerForm.Base64 : AnswerForm.Upstream,
        Upstream = new UpstreamRequest { Body = body, Api = UpstreamApi.Embeddings, Model = _modelRange },
    };
}
