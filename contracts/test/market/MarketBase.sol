// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Base} from "../Base.sol";
import {Deal, Delivery, Order, Retire, Sale, SignedReceipt, Status, Terms} from "../../src/IMarket.sol";
import {Market} from "../../src/Market.sol";
import {PrivToken} from "../../src/PrivToken.sol";
import {Sig} from "../../src/Signed.sol";

/// @notice A market with one seller and one buyer, and everybody's signatures. The hashing is written out here a second
/// time, from the protocol and not from the contract.
abstract contract MarketBase is Base {
    uint256 internal constant SELLER_KEY = 1;
    uint256 internal constant SEALER_KEY = 2;
    uint256 internal constant BUYER_KEY = 3;
    uint256 internal constant DELEGATE_KEY = 4;

    address internal seller = vm.addr(SELLER_KEY);
    address internal sealer = vm.addr(SEALER_KEY);
    address internal buyer = vm.addr(BUYER_KEY);
    address internal delegate = vm.addr(DELEGATE_KEY);
    address internal treasury = address(0x7EA5);

    bytes32 internal constant KEY = bytes32(uint256(0x4b));
    bytes32 internal constant OPENER = keccak256("opener");
    uint256 internal constant PRICE = 25e18;
    uint256 internal constant WINDOW = 1 days;

    PrivToken internal token;
    Market internal market;

    function setUp() public virtual {
        vm.warp(START);
        token = new PrivToken(address(this), 1_000_000e18);
        market = new Market(token, treasury);
        token.transfer(buyer, 10_000e18);
    }

    // ------------------------------------------------------------ what is sold

    function order() internal view returns (Order memory) {
        return Order({
            seller: seller,
            sealer: sealer,
            listing: bytes32(uint256(0x10)),
            manifest: bytes32(uint256(0x11)),
            keyCommitment: keccak256(abi.encode(KEY)),
            price: PRICE,
            version: 3,
            expiry: uint64(START + 30 days)
        });
    }

    function terms() internal view returns (Terms memory) {
        return Terms({
            buyer: buyer,
            delegate: delegate,
            recipient: bytes32(uint256(0x12)),
            accessDays: 30,
            deliveryWindow: uint32(WINDOW),
            payBy: uint64(block.timestamp + 1 hours),
            salt: bytes32(uint256(0x13))
        });
    }

    /// @dev A sale with all signatures, of the key or of another one.
    function seal(Order memory o, Terms memory t, bytes32 key) internal view returns (Sale memory sale) {
        sale.order = o;
        sale.terms = t;
        sale.sealedHash = keccak256(abi.encode(sealedKey(o, t, key)));
        sale.lock = keccak256(abi.encode(OPENER));
        sale.orderSig = sign(keyOf(o.seller), typed(domain(), hash(o)));
        sale.sealSig = sign(SEALER_KEY, id(sale));
    }

    function seal() internal view returns (Sale memory) {
        return seal(order(), terms(), KEY);
    }

    function sealedKey(Order memory o, Terms memory t, bytes32 key) internal view returns (bytes32) {
        return key ^ keccak256(abi.encode(OPENER, offer(o, t)));
    }

    function keyOf(address who) internal view virtual returns (uint256) {
        if (who == seller) return SELLER_KEY;
        if (who == buyer) return BUYER_KEY;
        return 63; // somebody's
    }

    // ------------------------------------------------------------ the protocol's hashes

    string private constant ORDER_TYPE =
        "Order(address seller,address sealer,bytes32 listing,bytes32 manifest,bytes32 keyCommitment,uint256 price,uint64 version,uint64 expiry)";
    string private constant TERMS_TYPE =
        "Terms(address buyer,address delegate,bytes32 recipient,uint32 accessDays,uint32 deliveryWindow,uint64 payBy,bytes32 salt)";
    string private constant DELIVERY_TYPE =
        "Delivery(bytes32 offer,bytes32 keyCommitment,bytes32 sealedHash,bytes32 lock)";

    function domain() internal view returns (bytes32) {
        return separator("privd Market", address(market));
    }

    function hash(Order memory o) internal pure returns (bytes32) {
        return keccak256(abi.encode(keccak256(bytes(ORDER_TYPE)), o));
    }

    function offer(Order memory o, Terms memory t) internal view returns (bytes32) {
        bytes32 typehash =
            keccak256(bytes.concat("Offer(Order order,Terms terms)", bytes(ORDER_TYPE), bytes(TERMS_TYPE)));
        bytes32 termsHash = keccak256(abi.encode(keccak256(bytes(TERMS_TYPE)), t));
        return typed(domain(), keccak256(abi.encode(typehash, hash(o), termsHash)));
    }

    function delivery(Sale memory sale) internal view returns (Delivery memory) {
        return Delivery(offer(sale.order, sale.terms), sale.order.keyCommitment, sale.sealedHash, sale.lock);
    }

    function hash(Delivery memory d) internal pure returns (bytes32) {
        return keccak256(abi.encode(keccak256(bytes(DELIVERY_TYPE)), d));
    }

    function deal(Sale memory sale) internal view returns (Deal memory) {
        return Deal(sale.order.seller, sale.terms.buyer, sale.terms.delegate, sale.order.listing, hash(delivery(sale)));
    }

    function id(Deal memory d) internal view returns (bytes32) {
        bytes32 typehash = keccak256(
            bytes.concat(
                "Purchase(address seller,address buyer,address delegate,bytes32 listing,Delivery delivery)",
                bytes(DELIVERY_TYPE)
            )
        );
        return typed(domain(), keccak256(abi.encode(typehash, d)));
    }

    function id(Sale memory sale) internal view returns (bytes32) {
        return id(deal(sale));
    }

    // ------------------------------------------------------------ signed calls

    function receipt(Sale memory sale, uint256 openedAt) internal view returns (SignedReceipt memory) {
        return receipt(sale, openedAt, DELEGATE_KEY);
    }

    function receipt(Sale memory sale, uint256 openedAt, uint256 key) internal view returns (SignedReceipt memory) {
        bytes32 typehash = keccak256("Receipt(bytes32 purchase,uint64 openedAt)");
        bytes32 hashed = typed(domain(), keccak256(abi.encode(typehash, id(sale), uint64(openedAt))));
        return SignedReceipt(deal(sale), uint64(openedAt), sign(key, hashed));
    }

    function retirement(uint64 version, uint256 key) internal view returns (Retire memory r, Sig memory sig) {
        r = Retire(seller, order().listing, version);
        bytes32 typehash = keccak256("Retire(address seller,bytes32 listing,uint64 version)");
        sig = sign(key, typed(domain(), keccak256(abi.encode(typehash, r))));
    }

    // ------------------------------------------------------------ steps

    /// @dev Pays for a sale by the buyer's authorization, sent by this contract.
    function buy(Sale memory sale) internal returns (bytes32) {
        (uint8 v, bytes32 r, bytes32 s) = payment(sale);
        return market.purchase(sale, v, r, s);
    }

    function payment(Sale memory sale) internal view returns (uint8 v, bytes32 r, bytes32 s) {
        uint256 key = keyOf(sale.terms.buyer);
        return authorization(token, key, address(market), sale.order.price, sale.terms.payBy, id(sale));
    }

    function one(SignedReceipt memory r) internal pure returns (SignedReceipt[] memory batch) {
        batch = new SignedReceipt[](1);
        batch[0] = r;
    }

    function status(bytes32 purchase) internal view returns (Status s) {
        (,,,, s) = market.purchases(purchase);
    }

    function deadline(bytes32 purchase) internal view returns (uint256 due) {
        (,, due,,) = market.purchases(purchase);
    }

    function accessOf(Sale memory sale) internal view returns (uint256) {
        return market.access(keccak256(abi.encode(sale.order.seller, sale.order.listing, sale.terms.buyer)));
    }

    function assertStatus(bytes32 purchase, Status want) internal view {
        vm.assertEq(uint256(status(purchase)), uint256(want));
    }
}
