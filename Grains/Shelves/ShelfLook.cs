namespace OrleansGateway;

/// <summary>An item as it is stored, that is not on its shelf.</summary>
/// <param name="Item">The item.</param>
/// <param name="Left">What its shelf counted when it was read; when that has grown, it may have been stored anew since.</param>
internal sealed record ShelfLook<TItem>(TItem Item, long Left);
