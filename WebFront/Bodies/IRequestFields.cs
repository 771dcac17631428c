namespace OrleansGateway;

/// <summary>What is read of one kind of request, while <see cref="HeadReader.Read"/> walks over its body.</summary>
internal interface IRequestFields
{
    /// <summary>Reads the field that the walk stands on, or skips it.</summary>
    void ReadField(ref HeadReader fields);

    /// <summary>Notes what is missing at the end.</summary>
    void Require(ref HeadReader fields);

    /// <summary>The head, of a body without fault.</summary>
    RequestHead Head(ReadOnlyMemory<byte> body);
}
