// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Sig} from "./Signed.sol";

/// @notice The terms on which a seller sells a listing; signed by the seller's wallet (EIP-712).
/// @param seller Wallet that earns the price.
/// @param sealer Key of the seller's node; signs each purchase id, so that nothing is bought without its consent.
/// @param listing keccak256 of the listing's id.
/// @param manifest SHA-256 of the manifest block.
/// @param keyCommitment keccak256 of the listing key of this version.
/// @param price In wei of PRIV, 1 to 2^128-1.
/// @param version Orders below the retired version are refused.
/// @param expiry Last second, unix time, at which the order can be bought.
struct Order {
    address seller;
    address sealer;
    bytes32 listing;
    bytes32 manifest;
    bytes32 keyCommitment;
    uint256 price;
    uint64 version;
    uint64 expiry;
}

/// @notice What the buyer asks for. Not signed by itself: the payment signs it.
/// @param buyer Wallet that pays.
/// @param delegate Key of the buyer's node; signs the receipt.
/// @param recipient SHA-256 of the buyer node's age recipient.
/// @param accessDays Days of access, 1 to 365.
/// @param deliveryWindow Seconds the seller has to deliver, MIN_WINDOW to MAX_WINDOW.
/// @param payBy First second, unix time, at which the payment is too late. Below 2^40.
/// @param salt Random per attempt.
struct Terms {
    address buyer;
    address delegate;
    bytes32 recipient;
    uint32 accessDays;
    uint32 deliveryWindow;
    uint64 payBy;
    bytes32 salt;
}

/// @notice What the seller's node has committed to deliver.
/// @param offer Digest of Offer(order, terms).
/// @param keyCommitment keccak256 of the key.
/// @param sealedHash keccak256 of the sealed key c.
/// @param lock keccak256 of the opener k; c xor keccak256(k, offer) is the key.
struct Delivery {
    bytes32 offer;
    bytes32 keyCommitment;
    bytes32 sealedHash;
    bytes32 lock;
}

/// @notice Everything a purchase needs, in one calldata struct: separate arguments are more than the stack holds.
/// @param order What is sold.
/// @param orderSig The seller's signature over the order.
/// @param terms What the buyer asks for.
/// @param sealedHash keccak256 of the sealed key c.
/// @param lock keccak256 of the opener k.
/// @param sealSig The sealer's signature over the purchase id.
struct Sale {
    Order order;
    Sig orderSig;
    Terms terms;
    bytes32 sealedHash;
    bytes32 lock;
    Sig sealSig;
}

/// @notice Who bought what from whom; its EIP-712 digest as `Purchase` is the purchase id.
/// @param seller Wallet that earns the price.
/// @param buyer Wallet that paid it, and gets it back if the key does not come.
/// @param delegate Key of the buyer's node; its receipt releases the price.
/// @param listing keccak256 of the listing's id.
/// @param delivery hashStruct(Delivery).
struct Deal {
    address seller;
    address buyer;
    address delegate;
    bytes32 listing;
    bytes32 delivery;
}

/// @notice The delegate's word that the key opened what was promised.
/// @param deal The purchase.
/// @param openedAt When the key opened it, unix time.
/// @param sig The delegate's signature over Receipt(purchase id, openedAt).
struct SignedReceipt {
    Deal deal;
    uint64 openedAt;
    Sig sig;
}

/// @notice A seller's word that orders of a listing below `version` are void; 2^64-1 ends the listing, as no order is
/// ever made with that version.
/// @param seller Wallet that signed the orders, and this.
/// @param listing keccak256 of the listing's id.
/// @param version The lowest version that can still be bought.
struct Retire {
    address seller;
    bytes32 listing;
    uint64 version;
}

/// @notice Where a purchase stands. Settled and Refunded never change again.
enum Status {
    None,
    Purchased,
    Revealed,
    Settled,
    Refunded
}

/// @title IMarket
/// @notice Escrow for purchases of keys. The price is held from the purchase until the buyer's node has the key
/// (settle, finalize) or is found not to have it (refund, dispute). There is no owner and no pause, so no exit can be
/// closed; the fee is a constant.
/// @dev Anyone may send any call unless its text says who may: what matters is signed, and money goes only to the
/// buyer, the seller and the treasury of the purchase, whoever asks. Only plain ECDSA signatures of 64 bytes count
/// (EIP-2098); ids never contain one, so that a second form of a signature changes nothing.
///
///     None -> Purchased -> Settled | Refunded
///             Purchased -> Revealed -> Settled | Refunded
interface IMarket {
    /// @notice A price is in escrow. Carries all that later calls need, so that logs alone suffice to make them.
    /// @param purchase The purchase id, digest of Purchase(seller, buyer, delegate, listing, delivery).
    /// @param seller Wallet that earns the price.
    /// @param buyer Wallet that paid.
    /// @param delegate Key of the buyer's node.
    /// @param listing keccak256 of the listing's id.
    /// @param delivery What the seller's node has committed to deliver.
    /// @param price In wei of PRIV.
    /// @param version The order's version.
    /// @param deadline First second, unix time, at which the buyer gets the price back unless the key was revealed.
    /// @param accessDays Days of access bought.
    event Purchased(
        bytes32 indexed purchase,
        address indexed seller,
        address indexed buyer,
        address delegate,
        bytes32 listing,
        Delivery delivery,
        uint256 price,
        uint64 version,
        uint40 deadline,
        uint16 accessDays
    );

    /// @notice The seller published the opener.
    /// @param purchase The purchase id.
    /// @param opener The opener k.
    /// @param deadline First second, unix time, at which it can no longer be disputed and can be finalized.
    event Revealed(bytes32 indexed purchase, bytes32 opener, uint40 deadline);

    /// @notice The price became income of the seller and the treasury.
    /// @param purchase The purchase id.
    /// @param seller Wallet that earned it.
    /// @param amount The seller's part, in wei.
    /// @param fee The treasury's part, in wei; amount + fee is the price.
    /// @param accessUntil Last second of the buyer's access, unix time.
    event Settled(bytes32 indexed purchase, address indexed seller, uint256 amount, uint256 fee, uint40 accessUntil);

    /// @notice A receipt of a batch changed nothing.
    /// @param purchase The purchase id the receipt's deal gives.
    /// @param reason 1: the purchase is not Purchased or Revealed; 2: openedAt is before the purchase or in the future;
    /// 3: not signed by the delegate.
    event Skipped(bytes32 indexed purchase, uint8 reason);

    /// @notice The price went back to the buyer.
    /// @param purchase The purchase id.
    /// @param buyer Wallet that got it back.
    /// @param amount The price, in wei.
    /// @param disputed True when the key was proven wrong, false when it did not come in time.
    event Refunded(bytes32 indexed purchase, address indexed buyer, uint256 amount, bool disputed);

    /// @notice Orders of the listing below `version` are void.
    /// @param seller Wallet that signed them.
    /// @param listing keccak256 of the listing's id.
    /// @param version The lowest version that can still be bought.
    event Retired(address indexed seller, bytes32 indexed listing, uint64 version);

    /// @notice Income left the contract to the account it belongs to.
    /// @param account Whose income it was, and who received it.
    /// @param amount In wei.
    event Withdrawn(address indexed account, uint256 amount);

    /// @notice Later fees go to another account. Fees credited before stay where they are.
    /// @param treasury The new one.
    event TreasuryChanged(address indexed treasury);

    /// @notice The price is zero or above 2^128-1.
    /// @param price The order's price.
    error BadPrice(uint256 price);
    /// @notice The days of access are not in 1..365.
    /// @param accessDays The terms' days.
    error BadDays(uint32 accessDays);
    /// @notice The delivery window is not in MIN_WINDOW..MAX_WINDOW.
    /// @param deliveryWindow The terms' window, in seconds.
    error BadWindow(uint32 deliveryWindow);
    /// @notice Nobody could sign the receipt.
    error ZeroDelegate();
    /// @notice Buyer and seller are one.
    /// @param seller Who it is.
    error OwnListing(address seller);
    /// @notice The order cannot be bought any more.
    /// @param expiry The last second at which it could.
    error OrderExpired(uint64 expiry);
    /// @notice The time for this call is over, or its limit is out of range.
    /// @param limit First second, unix time, that is too late.
    error TooLate(uint256 limit);
    /// @notice The time for this call has not come.
    /// @param start First second, unix time, at which it can be made.
    error TooEarly(uint256 start);
    /// @notice The seller retired this version.
    /// @param version The order's version.
    /// @param minVersion The lowest version that can be bought.
    error VersionRetired(uint64 version, uint64 minVersion);
    /// @notice The buyer has access to this listing, or a purchase of it is open.
    /// @param until Last second of access; 2^40-1 while a purchase is open.
    error ActiveAccess(uint40 until);
    /// @notice The order is not signed by its seller.
    error BadOrderSignature();
    /// @notice The purchase id is not signed by the order's sealer.
    error BadSealSignature();
    /// @notice The same purchase was made before.
    /// @param purchase The purchase id.
    error AlreadyPurchased(bytes32 purchase);
    /// @notice Only the buyer may pay directly.
    /// @param caller Who tried.
    error NotBuyer(address caller);
    /// @notice No receipt of the batch was good.
    error NothingSettled();
    /// @notice The delivery is not the one the deal commits to.
    error WrongDelivery();
    /// @notice The purchase is not in a state for this call.
    /// @param purchase The purchase id.
    /// @param status Where it stands; None when there is none.
    error WrongStatus(bytes32 purchase, Status status);
    /// @notice The opener does not hash to the lock.
    error WrongOpener();
    /// @notice The sealed key does not hash to what was committed.
    error WrongSealed();
    /// @notice Opener and sealed key give the right key: there is nothing to dispute.
    error KeyIsRight();
    /// @notice The retirement is not signed by the seller.
    error BadRetireSignature();
    /// @notice The version is not above the one retired already.
    /// @param version The one asked for.
    /// @param minVersion The one in force.
    error NotNewer(uint64 version, uint64 minVersion);
    /// @notice The amount is zero or above the balance.
    /// @param account Whose balance it is.
    /// @param amount What was asked for, in wei.
    /// @param balance What there is, in wei.
    error NothingToWithdraw(address account, uint256 amount, uint256 balance);
    /// @notice Only the treasury may name its successor.
    /// @param caller Who tried.
    error NotTreasury(address caller);
    /// @notice Fees would be lost.
    error ZeroTreasury();
    /// @notice The token would be nowhere.
    error ZeroToken();

    /// @notice Buys with the buyer's ERC-3009 authorization. Takes the price into escrow and marks the access pending.
    /// @dev The authorization is ReceiveWithAuthorization(from = buyer, to = this, value = price, validAfter = 0,
    /// validBefore = payBy, nonce = purchase id): it commits to the order, the terms and the delivery, so that a relayer
    /// can change nothing, and paying acknowledges the seal. Reverts, in this order: BadPrice, BadDays, BadWindow,
    /// ZeroDelegate, OwnListing, OrderExpired, TooLate, VersionRetired, ActiveAccess, BadOrderSignature,
    /// BadSealSignature, AlreadyPurchased; then as the token does.
    /// @param sale The order, the terms, the seal and the signatures of seller and sealer.
    /// @param v Of the buyer's signature.
    /// @param r Of the buyer's signature.
    /// @param s Of the buyer's signature.
    /// @return id The purchase id.
    function purchase(Sale calldata sale, uint8 v, bytes32 r, bytes32 s) external returns (bytes32 id);

    /// @notice Buys from the caller's allowance; for contract wallets, which cannot sign an authorization.
    /// @dev Reverts with NotBuyer unless the caller is the buyer, and otherwise as `purchase` does.
    /// @param sale As for `purchase`.
    /// @return id The purchase id.
    function purchaseDirect(Sale calldata sale) external returns (bytes32 id);

    /// @notice Pays the sellers for which a receipt is good, and skips the others: one bad receipt does not hold up the
    /// rest. The price less the fee is credited to the seller, the fee to the treasury, and the buyer's access lasts the
    /// days bought from openedAt.
    /// @dev Reverts with NothingSettled when every receipt was skipped, so that nothing is sent for nothing.
    /// @param receipts The delegates' receipts; the same one twice is skipped the second time.
    function settle(SignedReceipt[] calldata receipts) external;

    /// @notice Publishes the opener of a purchase whose buyer does not sign a receipt. From then on the buyer has
    /// DISPUTE_WINDOW to show that it is wrong.
    /// @dev Reverts, in this order: WrongDelivery, WrongStatus unless Purchased, TooLate from the deadline on,
    /// WrongOpener.
    /// @param deal Who bought what from whom.
    /// @param delivery What the deal's hash commits to.
    /// @param opener The opener k.
    function reveal(Deal calldata deal, Delivery calldata delivery, bytes32 opener) external;

    /// @notice Refunds at once when the committed opener and sealed key do not give the committed key.
    /// @dev Makes the sealed key public: never send it for a right key. Reverts, in this order: WrongDelivery,
    /// WrongStatus unless Purchased, or Revealed and before the deadline, WrongOpener, WrongSealed, KeyIsRight.
    /// @param deal Who bought what from whom.
    /// @param delivery What the deal's hash commits to.
    /// @param opener The opener k.
    /// @param sealedKey The sealed key c.
    function dispute(Deal calldata deal, Delivery calldata delivery, bytes32 opener, bytes32 sealedKey) external;

    /// @notice Pays the buyer back a purchase that was neither settled nor revealed by its deadline.
    /// @dev Reverts, in this order: WrongStatus unless Purchased, TooEarly before the deadline.
    /// @param deal Who bought what from whom.
    function refund(Deal calldata deal) external;

    /// @notice Pays the seller of a revealed purchase that nobody disputed. Access counts from the reveal.
    /// @dev Reverts, in this order: WrongStatus unless Revealed, TooEarly before the dispute window ends.
    /// @param deal Who bought what from whom.
    function finalize(Deal calldata deal) external;

    /// @notice Voids orders of a listing below a version; open purchases are untouched.
    /// @dev Reverts, in this order: BadRetireSignature, NotNewer.
    /// @param retirement The seller's word.
    /// @param sig The seller's signature over it.
    function retire(Retire calldata retirement, Sig calldata sig) external;

    /// @notice Sends part of an account's income to that account, whoever asks.
    /// @dev Reverts with NothingToWithdraw when the amount is zero or above the balance.
    /// @param account Whose income.
    /// @param amount In wei.
    function withdraw(address account, uint256 amount) external;

    /// @notice Names where later fees go.
    /// @dev Reverts, in this order: NotTreasury unless the caller is the treasury, ZeroTreasury.
    /// @param treasury_ The new treasury.
    function setTreasury(address treasury_) external;

    /// @notice Where fees go.
    /// @return The account that later fees are credited to.
    function treasury() external view returns (address);

    /// @notice A purchase by its id.
    /// @param id The purchase id.
    /// @return price In wei.
    /// @return boughtAt When it was paid, unix time.
    /// @return deadline When Purchased: first second of the refund. When Revealed: first second of `finalize`.
    /// @return accessDays Days of access bought.
    /// @return status Where it stands; None when there is none.
    function purchases(bytes32 id)
        external
        view
        returns (uint128 price, uint40 boughtAt, uint40 deadline, uint16 accessDays, Status status);

    /// @notice Last second of access to a listing.
    /// @param key keccak256(abi.encode(seller, listing, buyer)).
    /// @return until Unix time; 2^40-1 while a purchase is open, 0 when there never was one or it was refunded.
    function access(bytes32 key) external view returns (uint40 until);

    /// @notice The lowest version of a listing that can be bought.
    /// @param seller Wallet that signs its orders.
    /// @param listing keccak256 of the listing's id.
    /// @return Orders below it are void.
    function minVersion(address seller, bytes32 listing) external view returns (uint64);

    /// @notice Income not yet withdrawn.
    /// @param account A seller, or a treasury of now or before.
    /// @return In wei of PRIV.
    function balances(address account) external view returns (uint256);
}
