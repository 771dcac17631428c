namespace OrleansGateway;

/// <summary>What stands beside an entry; <c>Previous</c> is where the one before it in the same book is, 0 for the first.</summary>
internal readonly record struct BookLink(long Tenant, long Seq, long Previous);
