namespace OrleansGateway;

/// <summary>A place in one tenant's book: an entry's number and its row.</summary>
internal readonly record struct BookPosition(long Tenant, long Seq, long Id)
{
    public static BookPosition EndOf(BookHead? head) => head is null ? default : new BookPosition(head.Tenant, head.Count, head.LastId);

    /// <summary>The place of the entry before, if <paramref name="link"/> is what the row of this one says.</summary>
    /// <exception cref="InvalidDataException">The row is missing or belongs to another place.</exception>
    public BookPosition Before(BookLink? link, string tenantId) => link is { } found && found.Tenant == Tenant && found.Seq == Seq
        ? new BookPosition(Tenant, Seq - 1, found.Previous)
        : throw new InvalidDataException($"Entry {Seq} of the book of tenant '{tenantId}' is missing.");

    /// <summary>An earlier place of the same book, by walking there.</summary>
    /// <exception cref="InvalidDataException">A row on the way is missing or belongs to another place.</exception>
    public BookPosition BackTo(long seq, SqliteDatabase database, string tenantId)
    {
        var place = this;
        while (place.Seq > seq)
        {
            place = place.Before(database.Book.Link(place.Id), tenantId);
        }

        return place;
    }
}
