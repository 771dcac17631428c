namespace OrleansGateway.Simulator;

/// <summary>What one event of a stream carries.</summary>
internal enum ChatChunkKind
{
    Role,
    Tool,
    Text,
    Finish,
    Usage,
    FirstOfTwoUsages,
    Begin,
    Progress,
    PartBegin,
    TextEnd,
    PartEnd,
    End,
}

/// <summary>One event of a stream before it is written; a usage chunk belongs to no choice.</summary>
internal readonly record struct ChatChunk(ChatChunkKind Kind, ChatChoice? Choice, Piece Piece);
